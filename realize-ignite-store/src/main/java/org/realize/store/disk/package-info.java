/**
 * The real disk and the real clock below the ports. Paths go through openat2(2), which refuses
 * every symbolic link below the root within the one system call that resolves the path, so that no
 * race can lead outside.
 */
@NullMarked
package org.realize.store.disk;

import org.jspecify.annotations.NullMarked;
