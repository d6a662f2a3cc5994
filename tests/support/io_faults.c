/* Preloaded by tests of I/O faults: makes calls that write to files of one folder fail, at random or as on a full disk.
 *
 * KAZBEK_FAULT_FOLDER   the folder; calls on other files are left alone
 * KAZBEK_FAULT_SEED     the seed of the random numbers
 * KAZBEK_FAULT_RATE     how many of 10,000 calls fail
 * While FOLDER/faults exists, calls fail at random; each that does adds a byte to FOLDER/faults.
 * While FOLDER/full exists, every write that would make a file longer fails with ENOSPC. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static char folder[4096], control[4200], full[4200];
static size_t folder_length;
static unsigned rate;
static uint64_t state;

__attribute__((constructor)) static void begin(void) {
    const char *value = getenv("KAZBEK_FAULT_FOLDER");
    if (!value || strlen(value) >= sizeof folder) return;
    strcpy(folder, value);
    folder_length = strlen(folder);
    snprintf(control, sizeof control, "%s/faults", folder);
    snprintf(full, sizeof full, "%s/full", folder);
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

/* Whether a file is in the folder. */
static int is_inside(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    return length > (ssize_t)folder_length && !strncmp(path, folder, folder_length) && path[folder_length] == '/';
}

/* Whether there is no room for a write that ends at `end`, or behind the present place if `end` is negative. */
static int is_full(int fd, off_t count, off_t end) {
    struct stat file;
    if (!folder_length) return 0;
    int saved = errno;
    int no_room = !access(full, F_OK) && is_inside(fd) && !fstat(fd, &file) && S_ISREG(file.st_mode) &&
        (end < 0 ? lseek(fd, 0, SEEK_CUR) + count : end) > file.st_size;
    errno = no_room ? ENOSPC : saved;
    return no_room;
}

/* Whether this call fails; errno says how. */
static int fails(int fd) {
    if (!folder_length || next() % 10000 >= rate) return 0;
    int saved = errno;
    int log = is_inside(fd) ? open(control, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
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
    if (is_full(fd, (off_t)count, -1)) return -1;
    if (fails(fd)) TORN(real(fd, bytes, count / 2));
    return real(fd, bytes, count);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(pwrite);
    if (is_full(fd, 0, at + (off_t)count)) return -1;
    if (fails(fd)) TORN(real(fd, bytes, count / 2, at));
    return real(fd, bytes, count, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    if (is_full(fd, 0, at + (off_t)count)) return -1;
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
