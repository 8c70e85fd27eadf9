// What it costs to wake nobody while THREADS others sleep, each on a word of its own, with LISTS lists of sleeping threads instead of those that
// the kernel gives a process: lists THREADS [LISTS]. Linux 6.16 and later.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FUTEX_HASH 78
#define FUTEX_HASH_SET_SLOTS 1
#define FUTEX_HASH_GET_SLOTS 2
#define CALLS 20000

struct word { int value; char apart[60]; };

static int sleeping;

static void *wait_for_ever(void *argument) {
    __atomic_add_fetch(&sleeping, 1, __ATOMIC_SEQ_CST);
    for (;;) syscall(SYS_futex, argument, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    return NULL;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
    int threads = argc >= 2 ? atoi(argv[1]) : 0;
    if (threads < 1 || argc > 3) {
        fprintf(stderr, "usage: lists THREADS [LISTS]\n");
        return 2;
    }
    if (argc == 3 && prctl(FUTEX_HASH, FUTEX_HASH_SET_SLOTS, atol(argv[2]), 0, 0)) {
        fprintf(stderr, "lists: %s lists: %s (a power of two, on Linux 6.16 and later)\n", argv[2], strerror(errno));
        return 1;
    }
    struct word *words = calloc((size_t)threads, sizeof *words);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 65536);
    for (int i = 0; i < threads; i++) {
        pthread_t thread;
        int error = words ? pthread_create(&thread, &attributes, wait_for_ever, &words[i]) : ENOMEM;
        if (error) {
            fprintf(stderr, "lists: thread %d: %s\n", i + 1, strerror(error));
            return 1;
        }
    }
    while (__atomic_load_n(&sleeping, __ATOMIC_SEQ_CST) < threads) usleep(1000);
    usleep(300000); /* from the count to the kernel */
    double began = now();
    for (int i = 0; i < CALLS; i++) syscall(SYS_futex, words[i % threads].apart, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    printf("lists=%d call=%.2f\n", prctl(FUTEX_HASH, FUTEX_HASH_GET_SLOTS, 0, 0, 0), (now() - began) / CALLS);
    return 0;
}
