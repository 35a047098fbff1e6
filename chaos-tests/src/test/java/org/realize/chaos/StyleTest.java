package org.realize.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The words of the code: first sentences, names, and code without a caller. */
class StyleTest {

  private static final Pattern TYPE =
      Pattern.compile(
          "^ *(?:(?:public|private|protected|abstract|static|final|sealed|non-sealed) )*"
              + "(?:class|interface|record|enum|@interface) ([A-Z]\\w*).*");

  /** First words of sentences that do not begin with a noun. */
  private static final Pattern NO_NOUN =
      Pattern.compile(
          "(?:What|How|Who|Whose|Whether|Where|Which|That|This|These|Those|They|It|When|Why|As|If"
              + "|So|There|Something|Nothing|Everything|Anything|Told|Always|Not?|Done|Made|Touched"
              + "|Failed|Exactly|Both)\\b.*");

  /** A verb that is followed by its object. */
  private static final Pattern VERB =
      Pattern.compile(
          "[A-Z][a-z]+s (?:the|a|an|its|all|what|which|where|whether|how|this|that|those|each|every"
              + "|no|into|up|out|on|once|nothing|whole|it|them) .*");

  /** Plural nouns that {@link #VERB} would take for verbs. */
  private static final Pattern PLURAL =
      Pattern.compile("(?:Bytes|Files|Names|Numbers|Requests|Rows|Hints|Commits|Directories) .*");

  /**
   * Methods that no code of the product calls: what tests observe, and calls of the ports that
   * their contract holds although no command reaches them yet. No further one may come.
   */
  private static final Set<String> WITHOUT_CALLER =
      Set.of(
          "ArenaWriter.removeTree",
          "ConnectedPeer.ping",
          "DeltaEncoder.bytesHashedInVain",
          "DownloadLimits.withStall",
          "DownloadPool.idle",
          "Frame.request",
          "GlobalStore.deleteArena",
          "Hashers.inline",
          "IgniteGlobalStore.log",
          "Indexer.paused",
          "Indexer.scan",
          "InodeRanges.all",
          "OutgoingCall.id",
          "PeerConnections.refused",
          "Places.foreign",
          "Session.ended",
          "SparseBlobStore.commitAll",
          "SparseBlobStore.inspectAtRest",
          "StopSignal.requested",
          "InotifyChangeSource.watched",
          "Wire.provenKey");

  private static final Set<String> OF_RECORDS = Set.of("equals", "hashCode", "toString");

  /** The message of a log line for people with a path in it. */
  private static final Pattern LOG_LINE =
      Pattern.compile("LOG\\.(?:info|warn|error)\\(\\s*\"([^\"]*'\\{\\}'[^\"]*)\"");

  private record Type(String name, Path file, String firstSentence) {}

  @Test
  void firstSentences_ofTypes_beginWithTheirNoun() {
    List<Type> documented =
        types("main", "test").stream().filter(type -> !type.firstSentence().isEmpty()).toList();
    List<String> others =
        documented.stream()
            .filter(type -> !beginsWithNoun(type.firstSentence()))
            .map(type -> type.file().getFileName() + ": " + type.firstSentence())
            .toList();
    assertThat(documented).hasSizeGreaterThan(1000);
    assertThat(others.size()).as(String.join("\n", others)).isLessThan(documented.size() / 50);
  }

  /** A path alone says nothing on a machine with more than one arena. */
  @Test
  void logLines_ofPathsInAnArena_nameTheArena() throws IOException {
    List<String> nameless = new ArrayList<>();
    long named = 0;
    for (Path file : sources("realize-sync", "main")) {
      Matcher line = LOG_LINE.matcher(Files.readString(file));
      while (line.find()) {
        String message = line.group(1);
        if (message.contains("arena {}") || message.contains(" of {}")) {
          named++;
        } else {
          nameless.add(file.getFileName() + ": " + message);
        }
      }
    }
    assertThat(nameless).isEmpty();
    assertThat(named).isGreaterThan(20);
  }

  private static boolean beginsWithNoun(String sentence) {
    return !NO_NOUN.matcher(sentence).matches()
        && (!VERB.matcher(sentence).matches() || PLURAL.matcher(sentence).matches());
  }

  @Test
  void typeNames_ofMain_standOnce() {
    Map<String, Set<Path>> files = new TreeMap<>();
    types("main")
        .forEach(
            type -> files.computeIfAbsent(type.name(), name -> new TreeSet<>()).add(type.file()));
    files.values().removeIf(places -> places.size() == 1);
    assertThat(files).hasSizeLessThanOrEqualTo(6);
  }

  @Test
  void constructors_ofClasses_haveAtMostSixParameters() {
    List<String> wide =
        ArchitectureTest.CLASSES.stream()
            .filter(type -> !type.isRecord() && !type.isAnonymousClass() && !type.isLocalClass())
            .flatMap(type -> type.getConstructors().stream())
            .filter(constructor -> constructor.getRawParameterTypes().size() > 6)
            .map(constructor -> constructor.getFullName())
            .toList();
    assertThat(wide).hasSizeLessThanOrEqualTo(3);
  }

  @Test
  void methods_ofMain_haveACallerButThoseNamed() {
    List<String> idle =
        ArchitectureTest.CLASSES.stream()
            .filter(type -> !type.getPackageName().startsWith("org.realize.chaos"))
            .filter(type -> !type.getFullName().startsWith("org.realize.nima.rpc.wire."))
            .flatMap(type -> type.getMethods().stream())
            .filter(StyleTest::isIdle)
            .map(method -> method.getOwner().getSimpleName() + "." + method.getName())
            .distinct()
            .toList();
    assertThat(idle).containsExactlyInAnyOrderElementsOf(WITHOUT_CALLER);
  }

  private static boolean isIdle(JavaMethod method) {
    return method.getAccessesToSelf().isEmpty()
        && method.getReferencesToSelf().isEmpty()
        && !method.getModifiers().contains(JavaModifier.SYNTHETIC)
        && !method.getModifiers().contains(JavaModifier.BRIDGE)
        && method.getAnnotations().stream()
            .allMatch(a -> a.getRawType().getSimpleName().equals("Nullable"))
        && !isGenerated(method)
        && !overrides(method);
  }

  private static boolean isGenerated(JavaMethod method) {
    JavaClass owner = method.getOwner();
    String name = method.getName();
    boolean isOfEnum = owner.isEnum() && Set.of("values", "valueOf").contains(name);
    boolean isOfRecord =
        owner.isRecord() && (OF_RECORDS.contains(name) || owner.tryGetField(name).isPresent());
    return name.equals("main") || isOfEnum || isOfRecord;
  }

  private static boolean overrides(JavaMethod method) {
    return supertypes(method.getOwner().reflect())
        .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
        .anyMatch(other ->
            other.getName().equals(method.getName())
                && other.getParameterCount() == method.getRawParameterTypes().size());
  }

  private static Stream<Class<?>> supertypes(Class<?> type) {
    Stream<Class<?>> direct =
        Stream.concat(Stream.ofNullable(type.getSuperclass()), Arrays.stream(type.getInterfaces()));
    return direct.flatMap(above -> Stream.concat(Stream.of(above), supertypes(above)));
  }

  private static List<Type> types(String... scopes) {
    List<Type> all = new ArrayList<>();
    for (String module :
        List.of(
            "realize-sync",
            "realize-ignite-store",
            "realize-fuse",
            "realize-nima",
            "chaos-tests")) {
      for (String scope : scopes) {
        sources(module, scope).forEach(file -> all.addAll(typesOf(file)));
      }
    }
    return all;
  }

  private static List<Path> sources(String module, String scope) {
    Path root = Files.exists(Path.of("chaos-tests")) ? Path.of("") : Path.of("..");
    try (Stream<Path> files = Files.walk(root.resolve(module + "/src/" + scope + "/java"))) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("package-info.java"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Type> typesOf(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    List<Type> types = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = TYPE.matcher(lines.get(i));
      if (matcher.matches()) {
        types.add(new Type(matcher.group(1), file, firstSentence(lines, i)));
      }
    }
    return types;
  }

  /** The first sentence of the comment above line {@code declaration}; empty if there is none. */
  private static String firstSentence(List<String> lines, int declaration) {
    int end = declaration - 1;
    while (end >= 0 && lines.get(end).strip().startsWith("@")) {
      end--;
    }
    if (end < 0 || !lines.get(end).strip().endsWith("*/")) {
      return "";
    }
    int start = end;
    while (!lines.get(start).strip().startsWith("/*")) {
      start--;
    }
    String text =
        lines.subList(start, end + 1).stream()
            .map(line -> line.strip().replaceAll("^/?\\*+/?|\\*/$", "").strip())
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining(" "));
    int stop = text.indexOf(". ");
    return stop < 0 ? text : text.substring(0, stop + 1);
  }
}
