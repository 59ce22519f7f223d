package dev.tandem.model.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.linalg.schedule.MapSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class ScheduleFactoryTest {
  private static final double RATE = 0.5;
  private static final int STEPS = 200;

  @Test
  void linearAgreesWithTransformers() {
    ISchedule schedule = create("WarmupLinear", Map.of("warmup", 0.1));
    assertThat(schedule).isEqualTo(new WarmupLinear(RATE, 20, STEPS));
    assertThat(schedule.valueAt(0, 3)).isZero();
    assertThat(schedule.valueAt(5, 0)).isEqualTo(RATE * 5 / 20);
    assertThat(schedule.valueAt(20, 0)).isEqualTo(RATE);
    assertThat(schedule.valueAt(65, 0)).isCloseTo(RATE * 135 / 180, within(1e-15));
    assertThat(schedule.valueAt(200, 0)).isZero();
    assertThat(schedule.valueAt(999, 0)).isZero();
  }

  @Test
  void cosineAgreesWithTransformers() {
    ISchedule schedule = create("WarmupCosine", Map.of("warmup-steps", 20));
    assertThat(schedule.valueAt(10, 0)).isEqualTo(RATE / 2);
    assertThat(schedule.valueAt(20, 0)).isEqualTo(RATE);
    assertThat(schedule.valueAt(110, 0)).isCloseTo(RATE / 2, within(1e-15));
    assertThat(schedule.valueAt(80, 0))
        .isCloseTo(RATE * 0.5 * (1 + Math.cos(Math.PI / 3)), within(1e-15));
    assertThat(schedule.valueAt(200, 0)).isZero();
  }

  @Test
  void withoutWarmupStartsAtTheTop() {
    assertThat(create("WarmupLinear", Map.of()).valueAt(0, 0)).isEqualTo(RATE);
    assertThat(create("WarmupLinear", Map.of("warmup", 1)).valueAt(STEPS - 1, 0))
        .isCloseTo(RATE * 199 / 200, within(1e-15));
  }

  @Test
  void fillsInBaseRateAndSteps() {
    assertThat(create("Constant", Map.of())).isEqualTo(new FixedSchedule(RATE));
    assertThat(create("PolySchedule", Map.of("power", 2)))
        .isEqualTo(new PolySchedule(ScheduleType.ITERATION, RATE, 2, STEPS));
    assertThat(
            create(
                "org.nd4j.linalg.schedule.PolySchedule",
                Map.of("power", 2, "schedule-type", "epoch", "max-iter", 7, "initial-value", 3)))
        .isEqualTo(new PolySchedule(ScheduleType.EPOCH, 3, 2, 7));
    assertThat(create("MapSchedule", Map.of("values", Map.of("0", 0.1, "50", 0.01))))
        .isEqualTo(new MapSchedule(ScheduleType.ITERATION, Map.of(0, 0.1, 50, 0.01)));
  }

  static Map<String, Map<String, Object>> schedules() {
    return Map.of(
        "Constant", Map.of(),
        "WarmupLinear", Map.of("warmup", 0.25),
        "WarmupCosine", Map.of("warmup", 0.25),
        "CycleSchedule",
            Map.of(
                "max-learning-rate",
                1,
                "cycle-length",
                50,
                "annealing-length",
                10,
                "annealing-decay",
                0.1),
        "ExponentialSchedule", Map.of("gamma", 0.9),
        "InverseSchedule", Map.of("gamma", 0.9, "power", 2),
        "MapSchedule", Map.of("values", Map.of("0", 1, "90", 0.5)),
        "PolySchedule", Map.of("power", 2),
        "SigmoidSchedule", Map.of("gamma", 0.9, "step-size", 20),
        "StepSchedule", Map.of("decay-rate", 0.9, "step", 20));
  }

  static java.util.Set<String> scheduleNames() {
    return schedules().keySet();
  }

  @ParameterizedTest
  @MethodSource("scheduleNames")
  void everyScheduleSurvivesJsonAndClone(String name) {
    ISchedule schedule = create(name, schedules().get(name));
    assertThat(schedule.clone()).isEqualTo(schedule).hasSameHashCodeAs(schedule);
    String json =
        new NeuralNetConfiguration.Builder()
            .updater(new Adam(schedule))
            .graphBuilder()
            .addInputs("in")
            .addLayer("out", new OutputLayer.Builder().nIn(2).nOut(2).build(), "in")
            .setOutputs("out")
            .build()
            .toJson();
    ComputationGraphConfiguration read = ComputationGraphConfiguration.fromJson(json);
    OutputLayer layer =
        (OutputLayer)
            ((org.deeplearning4j.nn.conf.graph.LayerVertex) read.getVertices().get("out"))
                .getLayerConf()
                .getLayer();
    ISchedule back = ((Adam) layer.getIUpdater()).getLearningRateSchedule();
    for (int step : new int[] {0, 1, 30, 60, 199, 200}) {
      assertThat(back.valueAt(step, 0)).isEqualTo(schedule.valueAt(step, 0));
    }
  }

  @Test
  void tellsAllProblemsAtOnce() {
    InvalidArgumentsException e =
        problems("StepSchedule", Map.of("schedule-type", "day", "steps", 3, "decay-rate", true));
    assertThat(e.problems())
        .containsExactlyInAnyOrder(
            new ArgumentProblem("schedule-type", "day", "must be one of iteration, epoch"),
            new ArgumentProblem("decay-rate", "true", "must be a number"),
            new ArgumentProblem("step", null, "is missing; StepSchedule needs it"),
            new ArgumentProblem(
                "steps", "3", "StepSchedule has no argument of this name; did you mean step?"));
  }

  @Test
  void refusesAWarmupOutOfRange() {
    assertThat(problems("WarmupLinear", Map.of("warmup", 20)))
        .hasMessage("warmup = 20.0: must be a share of all steps, at least 0 and at most 1");
    assertThat(problems("WarmupCosine", Map.of("warmup-steps", 201)))
        .hasMessage("warmup-steps = 201: must be at least 0 and at most all 200 steps");
    assertThat(problems("WarmupCosine", Map.of("warmup-steps", 2, "warmup", 0.2)))
        .hasMessageContaining("not both");
    assertThat(problems("WarmupLinear", Map.of("warmup-step", 2)))
        .hasMessageContaining("did you mean warmup-steps?");
  }

  @Test
  void suggestsTheNearestClass() {
    assertThat(problems("WarmUpLinar", Map.of()))
        .hasMessage("class = WarmUpLinar: no schedule of this name; did you mean WarmupLinear?");
    assertThat(problems("org.nd4j.linalg.schedule.RampSchedule", Map.of()))
        .hasMessageContaining("cannot be sent to workers");
  }

  private static ISchedule create(String name, Map<String, ?> arguments) {
    return ScheduleFactory.create(name, arguments, RATE, STEPS);
  }

  private static InvalidArgumentsException problems(String name, Map<String, ?> arguments) {
    return catchThrowableOfType(() -> create(name, arguments), InvalidArgumentsException.class);
  }
}
