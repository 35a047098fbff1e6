/**
 * The addresses of peers beside the configured ones: what peers say of themselves, judged by pure
 * rules, remembered over restarts, and offered to {@code rpc}, which dials them.
 */
@NullMarked
package org.realize.nima.discovery;

import org.jspecify.annotations.NullMarked;
