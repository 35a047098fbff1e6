/**
 * The real disk and the real clock, adapters of the ports. Paths flow into openat2(2), which
 * refuses every symbolic link below the root within the one system call that resolves the path, so
 * that no race leads outside; inotify events flow out as changes.
 */
@NullMarked
package org.realize.store.disk;

import org.jspecify.annotations.NullMarked;
