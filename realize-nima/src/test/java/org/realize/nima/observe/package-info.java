/** Tests of figures and the audit log. */
@NullMarked
package org.realize.nima.observe;

import org.jspecify.annotations.NullMarked;
