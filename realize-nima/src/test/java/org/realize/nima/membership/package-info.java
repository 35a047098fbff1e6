/** Tests of codes and invitations. */
@NullMarked
package org.realize.nima.membership;

import org.jspecify.annotations.NullMarked;
