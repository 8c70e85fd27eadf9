// A server that gives each connection a thread, as small as it gets: threads [-y] [-w [-b MICROSECONDS]] [-s STACK_KB]
// PORT. It echoes, or with -w answers each HTTP request with the same text, after having kept the core busy for -b. -y yields after each
// send.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Length: 13\r\nContent-Type: text/plain\r\nServer: threads\r\n\r\nHello, World!";
static const char request_end[] = "\r\n\r\n";
static bool yields;
static long busy;

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

static bool send_all(int fd, const char *data, size_t count) {
    while (count) {
        ssize_t taken = send(fd, data, count, MSG_NOSIGNAL);
        if (taken < 0) return false;
        data += taken;
        count -= (size_t)taken;
    }
    return true;
}

static void *echo(void *argument) {
    int fd = (int)(intptr_t)argument;
    char buffer[16384];
    ssize_t n;
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0 && send_all(fd, buffer, (size_t)n))
        if (yields) sched_yield();
    close(fd);
    return NULL;
}

// Requests without a body, which is what the loads send.
static void *answer_http(void *argument) {
    int fd = (int)(intptr_t)argument;
    char buffer[16384];
    size_t held = 0;
    ssize_t n;
    while (held < sizeof buffer && (n = recv(fd, buffer + held, sizeof buffer - held, 0)) > 0) {
        held += (size_t)n;
        char *end;
        while ((end = memmem(buffer, held, request_end, sizeof request_end - 1))) {
            size_t taken = (size_t)(end - buffer) + sizeof request_end - 1;
            held -= taken;
            memmove(buffer, buffer + taken, held);
            for (long until = busy ? now() + busy : 0; busy && now() < until;) {}
            if (!send_all(fd, answer, sizeof answer - 1)) goto end;
        }
        if (yields) sched_yield();
    }
end:
    close(fd);
    return NULL;
}

int main(int count, char **arguments) {
    size_t stack = 64;
    void *(*serve)(void *) = echo;
    for (int o; (o = getopt(count, arguments, "ywb:s:")) != -1;) {
        if (o == 'y') yields = true;
        else if (o == 'w') serve = answer_http;
        else if (o == 'b') busy = atol(optarg) * 1000;
        else if (o == 's') stack = strtoul(optarg, NULL, 10);
        else return 2;
    }
    if (optind >= count) return fprintf(stderr, "usage: threads [-y] [-w [-b MICROSECONDS]] [-s STACK_KB] PORT\n"), 2;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[optind])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4096)) return perror("bind"), 1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack * 1024);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    puts("listening");
    fflush(stdout);
    while (true) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0) return perror("accept"), 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        pthread_t thread;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)fd)) return perror("pthread_create"), 1;
    }
}
