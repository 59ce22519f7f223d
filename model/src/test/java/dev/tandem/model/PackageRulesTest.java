package dev.tandem.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The rules that the package-info files state. */
@AnalyzeClasses(packages = "dev.tandem.model", importOptions = ImportOption.DoNotIncludeTests.class)
class PackageRulesTest {

  private static final String MODEL = "dev.tandem.model.";

  @ArchTest
  static final ArchRule knowsNeitherSparkNorIndexNorJobs =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "dev.tandem.index..", "dev.tandem.jobs..");

  @ArchTest
  static final ArchRule hasNoCycles = slices().matching(MODEL + "(*)..").should().beFreeOfCycles();

  @ArchTest static final ArchRule encoder = onlyUses("encoder");
  @ArchTest static final ArchRule loss = onlyUses("loss");
  @ArchTest static final ArchRule tokenize = onlyUses("tokenize");
  @ArchTest static final ArchRule optimize = onlyUses("optimize");
  @ArchTest static final ArchRule queue = onlyUses("queue", "loss");
  @ArchTest static final ArchRule graph = onlyUses("graph", "encoder", "loss", "optimize", "queue");
  @ArchTest static final ArchRule pretrained = onlyUses("pretrained", "encoder", "tokenize");

  private static ArchRule onlyUses(String name, String... others) {
    List<String> allowed = new ArrayList<>(List.of(others));
    allowed.add(name);
    String[] forbidden =
        Stream.of("encoder", "loss", "tokenize", "optimize", "queue", "graph", "pretrained")
            .filter(other -> !allowed.contains(other))
            .map(other -> MODEL + other + "..")
            .toArray(String[]::new);
    return noClasses()
        .that()
        .resideInAPackage(MODEL + name + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(forbidden);
  }
}
