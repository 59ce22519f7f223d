package dev.tandem.index;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** What this module may depend on, and in which direction its packages may. */
@AnalyzeClasses(packages = "dev.tandem.index", importOptions = ImportOption.DoNotIncludeTests.class)
class ModuleRulesTest {

  @ArchTest
  static final ArchRule knowsNeitherSparkNorTheModel =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..",
              "scala..",
              "dev.tandem.model..",
              "dev.tandem.jobs..",
              "org.deeplearning4j..",
              "org.nd4j..");

  @ArchTest
  static final ArchRule packagesDependOneWay =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("trec")
          .definedBy("dev.tandem.index.trec..")
          .layer("vector")
          .definedBy("dev.tandem.index.vector..")
          .layer("measure")
          .definedBy("dev.tandem.index.measure..")
          .layer("search")
          .definedBy("dev.tandem.index.search..")
          .layer("catalogue")
          .definedBy("dev.tandem.index.catalogue..")
          .layer("hnsw")
          .definedBy("dev.tandem.index.hnsw..")
          .whereLayer("hnsw")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("catalogue")
          .mayNotBeAccessedByAnyLayer()
          .layer("significance")
          .definedBy("dev.tandem.index.significance..")
          .whereLayer("significance")
          .mayNotBeAccessedByAnyLayer()
          .layer("lexical")
          .definedBy("dev.tandem.index.lexical..")
          .layer("fusion")
          .definedBy("dev.tandem.index.fusion..")
          .layer("filter")
          .definedBy("dev.tandem.index.filter..")
          .whereLayer("filter")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("lexical")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("fusion")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("search")
          .mayOnlyBeAccessedByLayers("lexical", "fusion", "hnsw")
          .whereLayer("measure")
          .mayOnlyBeAccessedByLayers("significance")
          .whereLayer("vector")
          .mayOnlyBeAccessedByLayers("search", "lexical", "fusion", "catalogue", "hnsw", "filter")
          .whereLayer("trec")
          .mayOnlyBeAccessedByLayers("search", "measure", "lexical", "fusion");

  @ArchTest
  static final ArchRule onlyGraphsUseLucenesGraphs =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tandem.index.hnsw..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.lucene.util.hnsw..", "org.apache.lucene.codecs.hnsw..");

  @ArchTest
  static final ArchRule onlyTheSearchMultipliesMatrices =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.tandem.index.search..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco.openblas..", "org.bytedeco.dnnl..");
}
