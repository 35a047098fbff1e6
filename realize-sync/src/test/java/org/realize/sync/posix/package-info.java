@NullMarked
package org.realize.sync.posix;

import org.jspecify.annotations.NullMarked;
