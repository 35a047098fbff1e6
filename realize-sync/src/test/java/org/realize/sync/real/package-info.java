@NullMarked
package org.realize.sync.real;

import org.jspecify.annotations.NullMarked;
