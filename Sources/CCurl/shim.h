#ifndef BAROGRAPH_CCURL_H
#define BAROGRAPH_CCURL_H

/* libcurl is loaded when it is needed, so its headers are not used here. Two of its functions take
   a variable argument, which Swift cannot pass; these call them through a pointer, as C does. */
static inline int ccurl_set_long(void *setopt, void *handle, int option, long value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int ccurl_set_offset(void *setopt, void *handle, int option, long long value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int ccurl_set_pointer(void *setopt, void *handle, int option, const void *value) {
  return ((int (*)(void *, int, ...))setopt)(handle, option, value);
}
static inline int ccurl_get_long(void *getinfo, void *handle, int info, long *value) {
  return ((int (*)(void *, int, ...))getinfo)(handle, info, value);
}

/* Numbers of libcurl's binary interface, which never change. */
enum {
  CCURL_WRITEDATA = 10001, CCURL_URL = 10002, CCURL_READDATA = 10009, CCURL_ERRORBUFFER = 10010,
  CCURL_POSTFIELDS = 10015, CCURL_HTTPHEADER = 10023, CCURL_HEADERDATA = 10029,
  CCURL_CUSTOMREQUEST = 10036, CCURL_CAINFO = 10065, CCURL_USERNAME = 10173,
  CCURL_PASSWORD = 10174, CCURL_NOPROXY = 10177, CCURL_MAIL_FROM = 10186, CCURL_MAIL_RCPT = 10187,
  CCURL_WRITEFUNCTION = 20011, CCURL_READFUNCTION = 20012, CCURL_HEADERFUNCTION = 20079,
  CCURL_POSTFIELDSIZE_LARGE = 30120, CCURL_INFILESIZE_LARGE = 30115,
  CCURL_XFERINFODATA = 10057, CCURL_XFERINFOFUNCTION = 20219, CCURL_NOPROGRESS = 43,
  CCURL_NOBODY = 44, CCURL_UPLOAD = 46, CCURL_FOLLOWLOCATION = 52, CCURL_FORBID_REUSE = 75,
  CCURL_HTTPGET = 80, CCURL_HTTP_VERSION = 84, CCURL_NOSIGNAL = 99, CCURL_RESPONSE_TIMEOUT = 112, CCURL_USE_SSL = 119,
  CCURL_TIMEOUT_MS = 155, CCURL_CONNECTTIMEOUT_MS = 156, CCURL_PROTOCOLS = 181,
  CCURL_RESPONSE_CODE = 0x200002,
};
#endif
