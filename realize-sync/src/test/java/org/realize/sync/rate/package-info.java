@NullMarked
package org.realize.sync.rate;

import org.jspecify.annotations.NullMarked;
