/* Preloaded by tests that need other services than those of the machine.
 *
 * KAZBEK_HUNG_NAMES   a file: look-ups of names that begin with "hung" never end, and each adds a byte to it; all other
 *                     names have the address 127.0.0.1
 * KAZBEK_JOURNAL      the path of a socket to which goes what is sent to the journal */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    REAL(getaddrinfo);
    const char *log = getenv("KAZBEK_HUNG_NAMES");
    if (!log || !name) return real(name, service, hints, found);
    if (strncmp(name, "hung", 4)) return real("127.0.0.1", service, hints, found);
    int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    (void)!write(fd, "x", 1);
    close(fd);
    for (;;) pause();
}

ssize_t sendto(int fd, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t length) {
    REAL(sendto);
    const char *own = getenv("KAZBEK_JOURNAL");
    struct sockaddr_un journal = {.sun_family = AF_UNIX};
    if (own && to && to->sa_family == AF_UNIX && strlen(own) < sizeof journal.sun_path &&
        !strcmp(((const struct sockaddr_un *)to)->sun_path, "/run/systemd/journal/socket")) {
        strcpy(journal.sun_path, own);
        return real(fd, bytes, count, flags, (struct sockaddr *)&journal, sizeof journal);
    }
    return real(fd, bytes, count, flags, to, length);
}
