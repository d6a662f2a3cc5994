/* Preloaded by tests/store/io_faults.rs: makes calls that write to files of one folder fail at random.
 *
 * KAZBEK_FAULT_FOLDER   the folder; calls on other files are left alone
 * KAZBEK_FAULT_SEED     the seed of the random numbers
 * KAZBEK_FAULT_RATE     how many of 10,000 calls fail
 * While FOLDER/faults exists, calls fail; each that does adds a byte to FOLDER/faults. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[4096], control[4200];
static size_t folder_length;
static unsigned rate;
static uint64_t state;

__attribute__((constructor)) static void begin(void) {
    const char *value = getenv("KAZBEK_FAULT_FOLDER");
    if (!value || strlen(value) >= sizeof folder) return;
    strcpy(folder, value);
    folder_length = strlen(folder);
    snprintf(control, sizeof control, "%s/faults", folder);
    rate = (value = getenv("KAZBEK_FAULT_RATE")) ? (unsigned)atoi(value) : 0;
    state = (value = getenv("KAZBEK_FAULT_SEED")) ? strtoull(value, NULL, 10) : 1;
}

/* SplitMix64. */
static uint64_t next(void) {
    uint64_t z = __atomic_add_fetch(&state, 0x9e3779b97f4a7c15ULL, __ATOMIC_RELAXED);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

/* Whether this call fails; errno says how. */
static int fails(int fd) {
    char link[64], path[4096];
    if (!folder_length || next() % 10000 >= rate) return 0;
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    int log = -1;
    if (length > (ssize_t)folder_length && !strncmp(path, folder, folder_length) && path[folder_length] == '/')
        log = open(control, O_WRONLY | O_APPEND | O_CLOEXEC);
    errno = saved;
    if (log < 0) return 0;
    syscall(SYS_write, log, "x", 1);
    syscall(SYS_close, log);
    errno = next() % 2 ? EIO : ENOSPC;
    return 1;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* A write that fails may have written its first half, as on a disk that fills up. */
#define TORN(call) do { if (count > 1 && next() % 2) { int error = errno; (void)!(call); errno = error; } return -1; } while (0)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    if (fails(fd)) TORN(real(fd, bytes, count / 2));
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    if (fails(fd)) TORN(real(fd, bytes, count / 2, at));
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    if (fails(fd)) TORN(real(fd, bytes, count / 2, at));
    return real(fd, bytes, count, at);
}

int fsync(int fd) {
    REAL(fsync);
    return fails(fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return fails(fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    return fails(fd) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    return fails(fd) ? -1 : real(fd, length);
}
