@NullMarked
package org.realize.nima.discovery;

import org.jspecify.annotations.NullMarked;
