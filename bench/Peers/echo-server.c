// The least that an echo server on epoll can do: one thread, one receive and one send for what has come. What PipeClient is measured
// against, so that the server is not what limits it.
//   cc -O2 -o echo-server echo-server.c && ./echo-server 9001
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    // Two of them may share a port, and with it more connections than one process may have.
    setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
        perror("listen");
        exit(1);
    }
    return listener;
}

static void watch(int epoll, int socket) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = socket};
    epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

static void accept_all(int epoll, int listener) {
    int on = 1;
    for (int socket; (socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0;) {
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(epoll, socket);
    }
}

static void echo(int socket) {
    ssize_t received = recv(socket, buffer, sizeof buffer, 0);
    if (received <= 0) {
        close(socket);
        return;
    }
    // A client that does not read is waited for: this serves measurements only.
    for (ssize_t sent = 0; sent < received;) {
        ssize_t n = send(socket, buffer + sent, received - sent, 0);
        if (n < 0 && errno != EAGAIN)
            return;
        sent += n > 0 ? n : 0;
    }
}

int main(int argc, char **argv) {
    struct rlimit files;
    if (argc != 2) {
        fprintf(stderr, "usage: echo-server PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    int listener = listen_on(atoi(argv[1])), epoll = epoll_create1(0);
    watch(epoll, listener);
    for (;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < n; i++)
            if (events[i].data.fd == listener)
                accept_all(epoll, listener);
            else
                echo(events[i].data.fd);
    }
}
