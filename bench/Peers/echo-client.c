// The least that an echo client on epoll can do: one thread, one receive and one send for each message, a comparison of the bytes and a
// look at the clock. What PipeClient's processor time for a message is compared with.
//   cc -O2 -o echo-client echo-client.c && ./echo-client PORT CONNECTIONS SIZE SECONDS [PIPELINE]
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum { MAX_SIZE = 65536, MAX_FILES = 65536, WARM_UP = 1 };

static char buffer[MAX_SIZE], message[MAX_SIZE];
static int received[MAX_FILES];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double processor_time(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int connect_to(int port) {
    int s = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (s < 0 || connect(s, (struct sockaddr *)&address, sizeof address))
        die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return s;
}

// Compares what has come, and sends as many messages as are whole now. All bytes are the same, so a reply need not be cut into its
// messages; and as many bytes go out as came in.
static int go_on(int s, int size) {
    ssize_t n = recv(s, buffer, sizeof buffer, 0);
    if (n <= 0)
        die("recv");
    if (memcmp(buffer, message, n)) {
        fprintf(stderr, "wrong echo\n");
        exit(1);
    }
    received[s] += n;
    int whole = received[s] / size;
    received[s] %= size;
    if (whole > 0) {
        now();
        send(s, message, (size_t)whole * size, 0);
    }
    return whole;
}

int main(int argc, char **argv) {
    struct rlimit files;
    if (argc < 5) {
        fprintf(stderr, "usage: echo-client PORT CONNECTIONS SIZE SECONDS [PIPELINE]\n");
        return 2;
    }
    int port = atoi(argv[1]), connections = atoi(argv[2]), size = atoi(argv[3]), pipeline = argc > 5 ? atoi(argv[5]) : 1;
    if (size < 1 || size * pipeline > MAX_SIZE) {
        fprintf(stderr, "a pipeline of messages takes 1 to %d bytes\n", MAX_SIZE);
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    memset(message, 'x', sizeof message);
    int epoll = epoll_create1(0), *sockets = calloc(connections, sizeof *sockets);
    for (int i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = sockets[i] = connect_to(port)};
        epoll_ctl(epoll, EPOLL_CTL_ADD, sockets[i], &event);
    }
    for (int i = 0; i < connections; i++)
        send(sockets[i], message, (size_t)size * pipeline, 0);

    double start = now() + WARM_UP, end = start + atof(argv[4]), cpu = 0;
    long done = 0;
    for (int warm = 0;;) {
        struct epoll_event events[256];
        int n = epoll_wait(epoll, events, 256, -1);
        double time = now();
        if (!warm && time >= start) {
            warm = 1;
            start = time;
            cpu = processor_time();
            done = 0;
        }
        if (time >= end) {
            printf("%.0f messages/s, %.2f us of processor time per message\n",
                   done / (time - start), (processor_time() - cpu) * 1e6 / done);
            return 0;
        }
        for (int i = 0; i < n; i++)
            done += go_on(events[i].data.fd, size);
    }
}
