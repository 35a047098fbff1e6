package org.realize.nima.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.function.Function;

/** The known word that somebody may have meant who wrote another one. */
public final class Nearest {

  private Nearest() {}

  /** The known word with the fewest edits, however many these are; there is at least one. */
  static String of(String word, Collection<String> known) {
    Function<String, Integer> distance = candidate -> distance(word, candidate);
    return known.stream().min(Comparator.comparing(distance)).orElseThrow();
  }

  /** {@code ; did you mean 'x'?} if one of the known words is close; else empty. */
  public static String hint(String word, Collection<String> known) {
    Optional<String> meant =
        known.isEmpty()
            ? Optional.empty()
            : Optional.of(of(word, known))
                .filter(each -> distance(word, each) <= Math.max(1, word.length() / 3));
    return meant.map("; did you mean '%s'?"::formatted).orElse("");
  }

  /** Levenshtein's edit distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replace = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replace, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
