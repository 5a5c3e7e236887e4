#ifndef BAROGRAPH_CLINUX_H
#define BAROGRAPH_CLINUX_H
#include <sys/types.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/statvfs.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>

/* The module of the C library is built without _GNU_SOURCE, and defining it here would make types
   differ between the two. So what hides behind it is declared here once more, under our own names. */
struct linux_mmsghdr {
  struct msghdr msg_hdr;
  unsigned int msg_len;
};
_Static_assert(sizeof(struct linux_mmsghdr) == 64, "the kernel's layout of mmsghdr");

extern int linux_recvmmsg(int, struct linux_mmsghdr *, unsigned int, int, struct timespec *)
    __asm__("recvmmsg");
extern int linux_sendmmsg(int, struct linux_mmsghdr *, unsigned int, int) __asm__("sendmmsg");
extern int linux_accept4(int, struct sockaddr *, socklen_t *, int) __asm__("accept4");
extern int linux_setname(pthread_t, const char *) __asm__("pthread_setname_np");
extern int linux_setaffinity(int, size_t, const unsigned long *) __asm__("sched_setaffinity");
extern int linux_getaffinity(int, size_t, unsigned long *) __asm__("sched_getaffinity");

/* epoll_event is packed on x86-64 and its payload is a union: plain words are easier in Swift. */
static inline int linux_epoll_ctl(int epoll, int operation, int fd, unsigned int events,
                                  unsigned long long token) {
  struct epoll_event event;
  event.events = events;
  event.data.u64 = token;
  return epoll_ctl(epoll, operation, fd, &event);
}
static inline unsigned long long linux_epoll_token(const struct epoll_event *event) {
  return event->data.u64;
}

enum {
  LINUX_EPOLLIN = 0x001, LINUX_EPOLLOUT = 0x004, LINUX_EPOLLERR = 0x008, LINUX_EPOLLHUP = 0x010,
  LINUX_EPOLLRDHUP = 0x2000,
};
static const unsigned int LINUX_EPOLLEXCLUSIVE = 1u << 28;
static const int LINUX_SO_RCVBUFFORCE = 33;
static const int LINUX_SO_REUSEPORT = 15;
static const int LINUX_SO_MEMINFO = 55; /* nine words; the last counts drops */
#endif
