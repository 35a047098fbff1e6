/** Tests of the answers to peers. */
@NullMarked
package org.realize.sync.service;

import org.jspecify.annotations.NullMarked;
