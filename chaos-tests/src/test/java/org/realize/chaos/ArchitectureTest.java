package org.realize.chaos;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitCallTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.lang.ArchRule;
import java.lang.foreign.Linker;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shape of the code: which module and package may know which, and what comes by ports only. */
class ArchitectureTest {

  private static final String SYNC = "org.realize.sync.";

  /** The packages of realize-sync, lowest first. */
  private static final List<String> SYNC_PACKAGES =
      List.of(
          "model",
          "port",
          "posix",
          "rules",
          "rules.cache",
          "delta",
          "rate",
          "loop",
          "real",
          "arena",
          "pin",
          "content",
          "feed",
          "index",
          "transfer",
          "branch",
          "move",
          "engine",
          "view",
          "service");

  /** Packages that do not know each other, though one comes before the other. */
  private static final Set<String> APART = Set.of("engine", "view", "service");

  /**
   * Classes of realize-sync that may take time, disk or randomness from the JDK itself, because
   * they are the adapter. There is none: adapters live in the outer modules.
   */
  private static final Set<String> SYNC_ADAPTERS = Set.of();

  static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ArchitectureTest::isProduction)
          .importPackages("org.realize");

  private static boolean isProduction(Location location) {
    return !location.contains("/test-classes/") && !location.contains("-tests.jar");
  }

  @Test
  void import_allModules_areSeen() {
    for (String root : List.of("sync.model", "store.journal", "fuse.kernel", "nima.config")) {
      assertThat(CLASSES.stream().map(JavaClass::getPackageName))
          .as(root)
          .contains("org.realize." + root);
    }
    assertThat(CLASSES.stream().map(JavaClass::getPackageName))
        .doesNotContain("org.realize.sync.testing");
  }

  @ParameterizedTest
  @CsvSource({
    "org.apache.ignite.., org.realize.store..",
    "io.helidon.., org.realize.nima..",
    "jnr.., org.realize.fuse.libfuse",
    "com.kenai.jffi.., org.realize.fuse.libfuse",
    "ru.serce.., org.realize.fuse.libfuse"
  })
  void library_outsideItsModule_isUnknown(String library, String module) {
    noClasses()
        .that()
        .resideOutsideOfPackage(module)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  @Test
  void functionsOfTheCLibrary_areBoundOnceAndCalledByAdapters() {
    noClasses()
        .that()
        .resideOutsideOfPackage(SYNC + "posix")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(Linker.class)
        .check(CLASSES);
    noClasses()
        .that()
        .resideInAPackage(SYNC + "(*)..")
        .and()
        .resideOutsideOfPackage(SYNC + "posix")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(SYNC + "posix")
        .check(CLASSES);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "org.realize.sync..  | org.realize.store..,org.realize.fuse..,org.realize.nima..",
        "org.realize.store.. | org.realize.fuse..,org.realize.nima..",
        "org.realize.fuse..  | org.realize.store..,org.realize.nima..",
        "org.realize.nima..  | org.realize.chaos.."
      })
  void module_outerModules_areUnknown(String module, String outer) {
    noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(outer.split(","))
        .check(CLASSES);
  }

  @Test
  void sync_libraries_areFew() {
    classes()
        .that()
        .resideInAPackage("org.realize.sync..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "org.realize.sync..",
            "java..",
            "org.slf4j..",
            "org.jctools..",
            "com.github.luben.zstd..",
            "org.jspecify..")
        .check(CLASSES);
  }

  static Stream<String> syncPackages() {
    return SYNC_PACKAGES.stream();
  }

  @ParameterizedTest
  @MethodSource("syncPackages")
  void syncPackage_laterPackages_areUnknown(String name) {
    int index = SYNC_PACKAGES.indexOf(name);
    String[] known =
        SYNC_PACKAGES.stream()
            .filter(other -> SYNC_PACKAGES.indexOf(other) <= index)
            .filter(other -> other.equals(name) || !APART.containsAll(Set.of(name, other)))
            .map(other -> SYNC + other)
            .toArray(String[]::new);
    classes()
        .that()
        .resideInAPackage(SYNC + name)
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(known).or(DescribedPredicate.not(resideInAPackage("org.realize.."))))
        .allowEmptyShould(true)
        .check(CLASSES);
  }

  @Test
  void sync_packages_areTheNamedOnes() {
    assertThat(
            CLASSES.stream()
                .map(JavaClass::getPackageName)
                .filter(name -> name.startsWith(SYNC))
                .map(name -> name.substring(SYNC.length()))
                .distinct())
        .isSubsetOf(SYNC_PACKAGES);
  }

  @ParameterizedTest
  @ValueSource(strings = {"org.realize.(*).(**)", "org.realize.nima.(**)", "org.realize.(*).."})
  void packages_dependencies_haveNoCycle(String pattern) {
    slices().matching(pattern).should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void sync_timeDiskAndRandomness_comeByPorts() {
    bypassingNothing("org.realize.sync..").check(CLASSES);
  }

  @Test
  void adapters_timeAndDisk_areSeenByTheRule() {
    assertThatThrownBy(() -> bypassingNothing("org.realize.store.disk").check(CLASSES))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("java.nio.file.Files")
        .hasMessageContaining("java.lang.System.currentTimeMillis()");
  }

  private static ArchRule bypassingNothing(String packages) {
    return noClasses()
        .that()
        .resideInAPackage(packages)
        .and(describe("are no adapter", c -> !SYNC_ADAPTERS.contains(topLevel(c).getName())))
        .should()
        .accessTargetWhere(
            describe("takes time, disk or randomness itself", ArchitectureTest::bypasses));
  }

  private static JavaClass topLevel(JavaClass javaClass) {
    return javaClass.getEnclosingClass().map(ArchitectureTest::topLevel).orElse(javaClass);
  }

  private static boolean bypasses(JavaAccess<?> access) {
    String owner = access.getTargetOwner().getName();
    String name = access.getTarget().getName();
    boolean constructor = name.equals("<init>");
    boolean call = access.getTarget() instanceof CodeUnitCallTarget;
    return call
        && switch (owner) {
          case "java.lang.System" -> name.equals("currentTimeMillis") || name.equals("nanoTime");
          case "java.lang.Thread" -> name.equals("sleep");
          case "java.lang.Math", "java.lang.StrictMath" -> name.equals("random");
          case "java.util.UUID" -> name.equals("randomUUID");
          case "java.util.Date" -> constructor;
          case "java.util.Random", "java.util.SplittableRandom", "java.security.SecureRandom" ->
              constructor;
          case "java.util.concurrent.ThreadLocalRandom" -> name.equals("current");
          case "java.util.random.RandomGenerator" -> name.equals("of") || name.equals("getDefault");
          case "java.nio.file.Files",
              "java.io.File",
              "java.io.RandomAccessFile",
              "java.io.FileInputStream",
              "java.io.FileOutputStream",
              "java.io.FileReader",
              "java.io.FileWriter" ->
              true;
          case "java.nio.channels.FileChannel" -> name.equals("open");
          default ->
              owner.startsWith("java.time.") && (name.equals("now") || name.startsWith("system"));
        };
  }
}
