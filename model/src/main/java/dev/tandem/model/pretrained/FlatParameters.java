package dev.tandem.model.pretrained;

import dev.tandem.model.encoder.EncoderArchitecture;
import dev.tandem.model.encoder.ParameterLayout;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Gathers the tensors of a weight file into the flat parameter view. */
final class FlatParameters {

  private FlatParameters() {}

  /**
   * All parameters of an architecture in the order of {@link ParameterLayout}.
   *
   * @throws ModelFormatException if tensors are missing or have another shape, all of them in one
   *     message, or if a value is not finite
   */
  static float[] read(WeightFile file, EncoderArchitecture architecture) throws IOException {
    ParameterLayout layout = ParameterLayout.of(architecture);
    if (layout.size() > Integer.MAX_VALUE - 16) {
      throw new ModelFormatException(
          file.location()
              + ": the architecture has "
              + layout.size()
              + " parameters; Tandem reads models up to 2^31 parameters");
    }
    check(file, layout);
    float[] parameters = new float[Math.toIntExact(layout.size())];
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      int offset = Math.toIntExact(tensor.offset());
      file.read(tensor.name(), parameters, offset);
      for (int i = 0; i < tensor.size(); i++) {
        if (!Float.isFinite(parameters[offset + i])) {
          throw new ModelFormatException(
              file.location()
                  + ": value "
                  + i
                  + " of "
                  + tensor.name()
                  + " is "
                  + parameters[offset + i]
                  + "; the model is damaged or its training diverged");
        }
      }
    }
    return parameters;
  }

  private static void check(WeightFile file, ParameterLayout layout) throws ModelFormatException {
    Map<String, int[]> shapes = file.shapes();
    List<String> missing = new ArrayList<>();
    List<String> misshapen = new ArrayList<>();
    for (ParameterLayout.Tensor tensor : layout.tensors()) {
      int[] expected =
          tensor.vector()
              ? new int[] {tensor.columns()}
              : new int[] {tensor.rows(), tensor.columns()};
      int[] found = shapes.get(tensor.name());
      if (found == null) {
        missing.add(tensor.name());
      } else if (!Arrays.equals(expected, found)) {
        misshapen.add(
            tensor.name()
                + " is "
                + Arrays.toString(found)
                + ", expected "
                + Arrays.toString(expected));
      }
    }
    if (!missing.isEmpty()) {
      throw new ModelFormatException(
          file.location()
              + " lacks "
              + missing.size()
              + " of "
              + layout.tensors().size()
              + " tensors: "
              + String.join(", ", missing)
              + "; it holds: "
              + (shapes.isEmpty() ? "none" : String.join(", ", shapes.keySet())));
    }
    if (!misshapen.isEmpty()) {
      throw new ModelFormatException(
          file.location() + " does not fit its configuration: " + String.join("; ", misshapen));
    }
  }
}
