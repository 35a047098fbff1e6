package org.realize.nima.config;

/**
 * The limits of background traffic with one peer at one moment.
 *
 * @param up what we send to it
 * @param down what it sends to us
 */
public record Rates(Rate up, Rate down) {

  /** No limit either way. */
  public static final Rates UNLIMITED = new Rates(Rate.UNLIMITED, Rate.UNLIMITED);
}
