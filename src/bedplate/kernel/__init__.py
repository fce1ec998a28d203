"""The only home of ctypes, ioctl and mmap: one thin wrapper per system call or ioctl family."""
