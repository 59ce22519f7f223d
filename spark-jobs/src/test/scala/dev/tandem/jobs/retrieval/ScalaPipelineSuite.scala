package dev.tandem.jobs.retrieval

import dev.tandem.jobs.data.TokenizedText
import dev.tandem.model.encoder.Compute
import dev.tandem.model.pretrained.ModelSource
import dev.tandem.model.tokenize.HuggingFaceTokenizer
import org.apache.hadoop.conf.Configuration
import org.apache.spark.api.java.{JavaRDD, JavaSparkContext}
import org.apache.spark.rdd.RDD
import org.apache.spark.{SparkConf, SparkContext}
import org.scalatest.BeforeAndAfterAll
import org.scalatest.funsuite.AnyFunSuite

import scala.collection.JavaConverters._

/** Dense retrieval as a Scala Spark program does it: texts in an RDD, encoded and searched. */
class ScalaPipelineSuite extends AnyFunSuite with BeforeAndAfterAll {

  private var spark: SparkContext = _

  override def beforeAll(): Unit =
    spark = new SparkContext(
      new SparkConf()
        .setMaster("local[2]")
        .setAppName("ScalaPipelineSuite")
        .set("spark.ui.enabled", "false"))

  override def afterAll(): Unit = spark.stop()

  private val passages = Seq(
    "http" -> "Sends an HTTP request and returns the body of the response.",
    "sort" -> "Sorts the elements of a list in ascending order.",
    "date" -> "Parses a date in ISO 8601 format.",
    "gzip" -> "Compresses a stream of bytes with gzip.",
    "file" -> "Deletes a directory and everything in it.",
    "matrix" -> "Multiplies two matrices."
  )

  private val questions = Seq(
    "q1" -> "order a collection from smallest to largest",
    "q2" -> "remove a folder recursively",
    "q3" -> "fetch a web page"
  )

  test("an RDD of texts is encoded and searched with a pretrained model") {
    val java = new JavaSparkContext(spark)
    val encoder = ModelSource.load("classpath:all-MiniLM-L6-v2", new Configuration())
    val definition = spark.broadcast(encoder.tokenizer)

    def tokenize(texts: RDD[(String, String)]): JavaRDD[TokenizedText] =
      JavaRDD.fromRDD(texts.mapPartitions { part =>
        val tokenizer = HuggingFaceTokenizer.fromJson(definition.value)
        val tokenized = part.map { case (id, text) =>
          new TokenizedText(id, tokenizer.encode(text, 64))
        }.toList
        tokenizer.close()
        tokenized.iterator
      })

    val tower = Tower.copyOf(
      encoder.architecture, encoder.parameters, encoder.pooling, encoder.normalize, "auto",
      Compute.FLOAT32)
    val count = spark.longAccumulator("texts")
    val model = new CollectionEncoder(java, tower, 32)
    try {
      val collection = model.encode(tokenize(spark.parallelize(passages, 2)), count)
      val queries = model.encode(tokenize(spark.parallelize(questions, 1)), count)
      val run = ExactRetrieval.run(java, collection, queries, 3, "scala")

      val best = run.queries.asScala.map(q => q -> run.ranking(q).get(0).id).toMap
      assert(best == Map("q1" -> "sort", "q2" -> "file", "q3" -> "http"))
      assert(run.rankings.asScala.values.forall(_.size == 3))
      assert(count.value == passages.size + questions.size)
    } finally model.close()
  }
}
