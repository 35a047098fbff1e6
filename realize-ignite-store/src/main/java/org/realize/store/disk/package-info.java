/** The local file system behind the core's disk ports: files, names and the changes of a tree. */
@NullMarked
package org.realize.store.disk;

import org.jspecify.annotations.NullMarked;
