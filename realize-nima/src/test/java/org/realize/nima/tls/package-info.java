/** Tests of keys, pinning and the authentication log. */
@NullMarked
package org.realize.nima.tls;

import org.jspecify.annotations.NullMarked;
