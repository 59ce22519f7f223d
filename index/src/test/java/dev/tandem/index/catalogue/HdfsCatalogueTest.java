package dev.tandem.index.catalogue;

import java.io.IOException;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The catalogue on HDFS. */
class HdfsCatalogueTest extends CatalogueContract {

  // Kept, as the JDK's logging forgets the level of a logger that nobody holds.
  private static final Logger HADOOP_LOG = Logger.getLogger("org.apache.hadoop");

  @TempDir static java.nio.file.Path base;
  private static MiniDFSCluster cluster;

  @BeforeAll
  static void start() throws IOException {
    HADOOP_LOG.setLevel(Level.WARNING);
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, base.toString());
    configuration.set("dfs.datanode.hostname", "localhost");
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Override
  FileSystem fileSystem() throws IOException {
    return cluster.getFileSystem();
  }

  @Override
  Path directory() {
    return new Path("/" + UUID.randomUUID());
  }
}
