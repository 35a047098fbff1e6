/** Tests of what peers may ask. */
@NullMarked
package org.realize.sync.service;

import org.jspecify.annotations.NullMarked;
