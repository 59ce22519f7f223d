package dev.tandem.jobs.retrieval;

import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.nd4j.linalg.factory.Nd4j;

/** Binds a thread that works for a task to the GPU that Spark gave the task. */
public final class GpuBinding {
  private GpuBinding() {}

  /**
   * Makes ND4J use the first GPU among the task's {@code gpu} resource addresses, for this thread.
   * Without such a resource, or without a GPU backend, nothing changes.
   *
   * @return the device's number, 0 where nothing was bound
   */
  public static int bind(TaskContext task) {
    ResourceInformation gpus = task == null ? null : task.resourcesJMap().get("gpu");
    if (gpus == null
        || gpus.addresses().length == 0
        || Nd4j.getBackend().getEnvironment().isCPU()) {
      return 0;
    }
    int device = Integer.parseInt(gpus.addresses()[0]);
    Nd4j.getAffinityManager().unsafeSetDevice(device);
    return device;
  }
}
