// A load client that costs little: one thread, one epoll, every connection in a closed loop. README.md says how to run it.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum mode { ECHO, HTTP, CHURN, STORM, IDLE };

struct connection {
    int fd;
    bool connecting;
    size_t sent, received;
    uint64_t since;
    uint32_t count;
};

static enum mode mode;
static int port, connections = 1, pid;
static size_t size = 64, reply;
static double warmup = 1, seconds = 3;
static char *message, *scratch;
static struct connection *all;
static int epoll;
static bool counting, stopping;
static uint64_t done, finished;
// Log-linear: 32 buckets for each power of two of nanoseconds.
static uint64_t histogram[64 * 32];

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static int bucket(uint64_t ns) {
    if (ns < 32) return (int)ns;
    int power = 63 - __builtin_clzll(ns);
    return (power - 4) * 32 + (int)((ns >> (power - 5)) & 31);
}

static double bucket_value(int b) {
    if (b < 32) return b;
    int power = b / 32 + 4;
    return (double)((32ull + (b & 31)) << (power - 5)) * (1 + 1.0 / 64);
}

static double percentile(double p) {
    uint64_t total = 0, sum = 0;
    for (int i = 0; i < 64 * 32; i++) total += histogram[i];
    if (total == 0) return 0;
    for (int i = 0; i < 64 * 32; i++) {
        sum += histogram[i];
        if (sum >= p * total) return bucket_value(i) / 1000;
    }
    return 0;
}

// Ticks of 10 ms of user and kernel time.
static void cpu(double *user, double *kernel) {
    *user = *kernel = 0;
    if (!pid) return;
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "r");
    if (!f || !fgets(text, sizeof text, f)) die("no process %d", pid);
    fclose(f);
    unsigned long u, k;
    if (sscanf(strrchr(text, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &k) != 2) die("bad stat");
    *user = (double)u / sysconf(_SC_CLK_TCK);
    *kernel = (double)k / sysconf(_SC_CLK_TCK);
}

static long status(const char *key) {
    char path[64], text[256];
    long value = -1;
    if (!pid) return value;
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    FILE *f = fopen(path, "r");
    if (!f) die("no process %d", pid);
    while (fgets(text, sizeof text, f))
        if (!strncmp(text, key, strlen(key))) value = atol(text + strlen(key) + 1);
    fclose(f);
    return value;
}

static uint64_t switches(void) {
    char text[512];
    uint64_t value = 0;
    FILE *f = fopen("/proc/stat", "r");
    while (f && fgets(text, sizeof text, f))
        if (!strncmp(text, "ctxt ", 5)) value = strtoull(text + 5, NULL, 10);
    if (f) fclose(f);
    return value;
}

static void watch(struct connection *c, int operation, uint32_t events) {
    struct epoll_event e = { .events = events, .data.ptr = c };
    if (epoll_ctl(epoll, operation, c->fd, &e)) die("epoll_ctl: %s", strerror(errno));
}

static void push(struct connection *c) {
    while (c->sent < size) {
        ssize_t n = send(c->fd, message + c->sent, size - c->sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) break;
            die("send: %s", strerror(errno));
        }
        c->sent += (size_t)n;
    }
    if (size > 16384) watch(c, EPOLL_CTL_MOD, EPOLLIN | (c->sent < size ? EPOLLOUT : 0));
}

static void start_message(struct connection *c) {
    c->sent = c->received = 0;
    if (mode != CHURN && mode != STORM) c->since = now();
    push(c);
}

static void open_connection(struct connection *c) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (c->fd < 0) die("socket: %s", strerror(errno));
    int one = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    c->since = now();
    c->connecting = true;
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) && errno != EINPROGRESS) die("connect: %s", strerror(errno));
    watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

static void on_done(struct connection *c) {
    uint64_t took = now() - c->since;
    if (counting) {
        histogram[bucket(took)]++;
        c->count++;
        done++;
    }
    finished++;
    switch (mode) {
    case ECHO:
    case HTTP:
        if (!stopping) start_message(c);
        break;
    case CHURN:
        close(c->fd);
        c->fd = -1;
        if (!stopping) open_connection(c);
        break;
    case STORM:
        close(c->fd);
        c->fd = -1;
        break;
    case IDLE:
        break;
    }
}

static size_t reply_length(const char *text, size_t length) {
    const char *end = memmem(text, length, "\r\n\r\n", 4);
    const char *header = memmem(text, length, "Content-Length: ", 16);
    if (strncmp(text, "HTTP/1.1 200", 12) || !end || !header) die("unexpected answer: %.*s", (int)length, text);
    return (size_t)(end - text) + 4 + strtoul(header + 16, NULL, 10);
}

static void on_readable(struct connection *c) {
    while (true) {
        ssize_t n = recv(c->fd, scratch, 262144, MSG_DONTWAIT);
        if (n <= 0) {
            if (n < 0 && errno == EAGAIN) return;
            die("recv: %s", n == 0 ? "the server closed" : strerror(errno));
        }
        if (mode == HTTP) {
            if (!reply) reply = reply_length(scratch, (size_t)n);
        } else if (memcmp(scratch, message + c->received, (size_t)n)) {
            die("wrong echo");
        }
        c->received += (size_t)n;
        if (c->received >= reply) {
            if (c->received > reply) die("too much");
            on_done(c);
            return;
        }
        if (n < 262144) return;
    }
}

static void poll_until(uint64_t end, uint64_t wanted) {
    struct epoll_event events[512];
    while ((!end || now() < end) && (!wanted || finished < wanted)) {
        int n = epoll_wait(epoll, events, 512, 20);
        for (int i = 0; i < n; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->connecting) {
                int error = 0;
                socklen_t length = sizeof error;
                getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &length);
                if (error) die("connect: %s", strerror(error));
                c->connecting = false;
                watch(c, EPOLL_CTL_MOD, EPOLLIN);
                start_message(c);
                continue;
            }
            if (events[i].events & EPOLLOUT) push(c);
            if (events[i].events & ~EPOLLOUT) on_readable(c);
        }
        if (end == 0 && n < 0) die("epoll_wait: %s", strerror(errno));
    }
}

static int by_count(const void *a, const void *b) {
    uint32_t x = ((const struct connection *)a)->count, y = ((const struct connection *)b)->count;
    return x < y ? -1 : x > y;
}

int main(int count, char **arguments) {
    static const char *const names[] = { "echo", "http", "churn", "storm", "idle" };
    if (count < 3) die("usage: load echo|http|churn|storm|idle PORT -n CONNECTIONS [-s BYTES] [-w SECONDS] [-t SECONDS] [-P PID]");
    for (mode = ECHO; strcmp(names[mode], arguments[1]); mode++)
        if (mode == IDLE) die("no mode '%s'", arguments[1]);
    port = atoi(arguments[2]);
    optind = 3;
    for (int o; (o = getopt(count, arguments, "n:s:w:t:P:")) != -1;) {
        switch (o) {
        case 'n': connections = atoi(optarg); break;
        case 's': size = strtoul(optarg, NULL, 10); break;
        case 'w': warmup = atof(optarg); break;
        case 't': seconds = atof(optarg); break;
        case 'P': pid = atoi(optarg); break;
        default: return 2;
        }
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    if (mode == HTTP) {
        message = strdup("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        size = strlen(message);
        reply = 0;
    } else {
        message = malloc(size + 1);
        for (size_t i = 0; i < size; i++) message[i] = (char)('a' + i % 26);
        reply = size;
    }
    scratch = malloc(262144);
    all = calloc((size_t)connections, sizeof *all);
    epoll = epoll_create1(0);

    if (mode == STORM || mode == CHURN) {
        uint64_t start = now();
        counting = mode == STORM;
        for (int i = 0; i < connections; i++) open_connection(&all[i]);
        if (mode == STORM) {
            poll_until(start + 60000000000ull, (uint64_t)connections);
            if (finished < (uint64_t)connections) die("only %lu of %d after a minute", (unsigned long)finished, connections);
            printf("seconds=%.3f p50=%.0f p999=%.0f\n", (double)(now() - start) / 1e9, percentile(.5), percentile(.999));
            return 0;
        }
        poll_until(start + (uint64_t)(warmup * 1e9), 0);
    } else {
        // A hundred at a time, so that no backlog overflows and no SYN waits a second to be sent again; each is warmed up by one echo.
        for (int i = 0; i < connections; i++) {
            open_connection(&all[i]);
            if (i % 100 == 99 || i == connections - 1) {
                stopping = true;
                poll_until(0, (uint64_t)i + 1);
                stopping = false;
            }
        }
        if (mode == IDLE) {
            long before = status("VmRSS:");
            sleep((unsigned)warmup);
            printf("resident=%ld after=%ld threads=%ld\n", before, status("VmRSS:"), status("Threads:"));
            return 0;
        }
        for (int i = 0; i < connections; i++) start_message(&all[i]);
        poll_until(now() + (uint64_t)(warmup * 1e9), 0);
    }

    double user0, kernel0, user1, kernel1;
    uint64_t switched = switches(), start = now();
    cpu(&user0, &kernel0);
    counting = true;
    poll_until(start + (uint64_t)(seconds * 1e9), 0);
    counting = false;
    double took = (double)(now() - start) / 1e9;
    cpu(&user1, &kernel1);
    switched = switches() - switched;
    qsort(all, (size_t)connections, sizeof *all, by_count);
    uint32_t median = all[connections / 2].count;
    printf("rate=%.0f p50=%.0f p99=%.0f p999=%.0f max=%.0f fewest=%u median=%u most=%u user=%.2f kernel=%.2f switches=%.2f rss=%ld\n",
        (double)done / took, percentile(.5), percentile(.99), percentile(.999), percentile(1), all[0].count, median,
        all[connections - 1].count, (user1 - user0) * 1e6 / (double)done, (kernel1 - kernel0) * 1e6 / (double)done,
        (double)switched / (double)done, status("VmRSS:"));
    return 0;
}
