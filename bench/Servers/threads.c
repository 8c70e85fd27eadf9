/*
 * A thread for each connection that receives and sends with blocking calls, in C: what the kernel allows at best in this way.
 *
 *     gcc -O2 -pthread -o threads bench/Servers/threads.c
 *     dotnet run -c Release --project bench/Compare -- --scenario echo --server "c=./threads {port}"
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { stack_size = 256 * 1024, buffer_size = 4096, backlog = 512 };

static void *serve(void *argument)
{
    int connection = (int)(intptr_t)argument, one = 1;
    char buffer[buffer_size];
    ssize_t received;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while ((received = recv(connection, buffer, sizeof buffer, 0)) > 0) {
        for (ssize_t sent = 0, n; sent < received; sent += n)
            if ((n = send(connection, buffer + sent, received - sent, MSG_NOSIGNAL)) <= 0)
                goto end;
    }
end:
    close(connection);
    return NULL;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: %s port\n", arguments[0]);
        return 2;
    }

    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr = { htonl(INADDR_LOOPBACK) }
    };
    int one = 1, listening = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listening, (struct sockaddr *)&address, sizeof address) != 0 || listen(listening, backlog) != 0) {
        perror("listen");
        return 1;
    }

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, stack_size);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    for (;;) {
        pthread_t thread;
        int connection = accept(listening, NULL, NULL);
        if (connection < 0)
            continue;
        if (pthread_create(&thread, &attributes, serve, (void *)(intptr_t)connection) != 0)
            close(connection);
    }
}
