// An echo server that gives each connection a thread, as small as it gets: threads [-y] [-s STACK_KB] PORT. -y yields after each send.
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
#include <sys/socket.h>
#include <unistd.h>

static bool yields;

static void *serve(void *argument) {
    int fd = (int)(intptr_t)argument;
    char buffer[16384];
    ssize_t n;
    while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0) {
        for (ssize_t sent = 0; sent < n;) {
            ssize_t taken = send(fd, buffer + sent, (size_t)(n - sent), MSG_NOSIGNAL);
            if (taken < 0) goto end;
            sent += taken;
        }
        if (yields) sched_yield();
    }
end:
    close(fd);
    return NULL;
}

int main(int count, char **arguments) {
    size_t stack = 64;
    for (int o; (o = getopt(count, arguments, "ys:")) != -1;) {
        if (o == 'y') yields = true;
        else if (o == 's') stack = strtoul(optarg, NULL, 10);
        else return 2;
    }
    if (optind >= count) return fprintf(stderr, "usage: threads [-y] [-s STACK_KB] PORT\n"), 2;
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
