package dev.tandem.jobs;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.tandem.jobs.command.Job;

/** The map of docs/architecture.md, as rules. */
@AnalyzeClasses(packages = "dev.tandem", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("dev.tandem.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule configKnowsOnlyFailures =
      noClasses()
          .that()
          .resideInAPackage("dev.tandem.jobs.config")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tandem.jobs..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "dev.tandem.jobs.config", "dev.tandem.jobs.failure"))));

  @ArchTest
  static final ArchRule foundationsKnowNothingOfTandem =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.tandem.jobs.failure", "dev.tandem.jobs.progress", "dev.tandem.jobs.logging")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.tandem..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "dev.tandem.jobs.failure",
                              "dev.tandem.jobs.progress",
                              "dev.tandem.jobs.logging"))));

  @ArchTest
  static final ArchRule theCommandLineKnowsNoJob =
      noClasses()
          .that()
          .resideInAPackage("dev.tandem.jobs.command")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tandem.jobs");

  @ArchTest
  static final ArchRule searchingByHandKnowsNoSpark =
      noClasses()
          .that()
          .resideInAPackage("dev.tandem.jobs.search")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.spark..", "scala..");

  @ArchTest
  static final ArchRule searchingByHandServesTheCommandLineOnly =
      noClasses()
          .that()
          .resideInAnyPackage("dev.tandem.jobs.*..")
          .and()
          .resideOutsideOfPackage("dev.tandem.jobs.search")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.tandem.jobs.search");

  @ArchTest
  static final ArchRule modelAndIndexKnowNeitherEachOtherNorSpark =
      noClasses()
          .that()
          .resideInAPackage("dev.tandem.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tandem.index..", "dev.tandem.jobs..", "org.apache.spark..");

  @ArchTest
  static final ArchRule indexKnowsNoModelAndNoSpark =
      noClasses()
          .that()
          .resideInAPackage("dev.tandem.index..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.tandem.model..", "dev.tandem.jobs..", "org.apache.spark..");

  @ArchTest
  static final ArchRule mainClassesAreJobs =
      classes()
          .that()
          .resideInAPackage("dev.tandem.jobs")
          .and()
          .haveSimpleNameEndingWith("Job")
          .should()
          .beAssignableTo(Job.class)
          .allowEmptyShould(true);
}
