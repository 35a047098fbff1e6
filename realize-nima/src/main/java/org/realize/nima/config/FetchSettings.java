package org.realize.nima.config;

import java.util.List;
import java.util.Optional;

/**
 * The limits of what programs have fetched by reading in the mount.
 *
 * @param crawlers patterns of programs, and of their cgroups, for which nothing is fetched; {@code
 *     *} stands for any characters
 * @param budget what a program may have fetched within an hour without a warning; empty for all
 */
public record FetchSettings(List<String> crawlers, Optional<ByteSize> budget) {

  /** Programs that read whatever they find: indexes of files and their texts, and thumbnails. */
  public static final List<String> USUAL_CRAWLERS =
      List.of(
          "updatedb*",
          "tracker-*",
          "localsearch*",
          "baloo_*",
          "*thumbnail*",
          "tumblerd",
          "tumbler.service");

  static final ByteSize USUAL_BUDGET = new ByteSize(10L << 30);

  public FetchSettings {
    crawlers = List.copyOf(crawlers);
  }
}
