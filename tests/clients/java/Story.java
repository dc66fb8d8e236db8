import java.util.Map;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.request.post.PostConnectorRestart;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.ConcurrentConfigModificationException;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.InvalidRequestException;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.ResourceNotFoundException;

/** The story that org.sourcelab:kafka-connect-client, which AKHQ uses, tells of one connector: every call that it has.
    Arguments: BASE_URL FILE TOPIC. Ends with 0 where every answer was what the client needs; otherwise says what was not. */
public class Story {
  static final String NAME = "of-java";

  interface Call { Object get() throws Exception; }

  static void check(boolean holds, String what, Object seen) {
    if (!holds) throw new AssertionError("not so: " + what + "; seen: " + seen);
  }

  static void fails(Class<? extends Exception> wanted, String what, Call call) {
    Object seen;
    try {
      seen = call.get();
    } catch (Exception error) {
      seen = error;
    }
    check(wanted.isInstance(seen), what + " is a " + wanted.getSimpleName(), seen);
  }

  static void until(String what, Call call) throws Exception {
    Object seen = null;
    for (int n = 0; n < 300; ++n) {
      seen = call.get();
      if (Boolean.TRUE.equals(seen)) return;
      Thread.sleep(50);
    }
    check(false, what, seen);
  }

  public static void main(String[] arguments) throws Exception {
    KafkaConnectClient client = new KafkaConnectClient(new Configuration(arguments[0]));
    Map<String, String> config = Map.of("connector.class", "FileStreamSink", "file", arguments[1], "topics", arguments[2], "tasks.max", "1");

    check(client.getConnectServerVersion().getVersion().matches("\\d+\\.\\d+.*"), "the version begins with numbers", client.getConnectServerVersion());
    check(client.getConnectors().isEmpty(), "there is no connector yet", client.getConnectors());
    check(client.getConnectorPlugins().stream().anyMatch(plugin -> plugin.getType().equals("sink")), "there is a sink", client.getConnectorPlugins());
    var added = client.addConnector(NewConnectorDefinition.newBuilder().withName(NAME).withConfig(config).build());
    check(added.getName().equals(NAME) && added.getType().equals("sink"), "what was added is named", added);
    fails(ConcurrentConfigModificationException.class, "a name that exists",
        () -> client.addConnector(NewConnectorDefinition.newBuilder().withName(NAME).withConfig(config).build()));
    fails(InvalidRequestException.class, "a class that does not exist",
        () -> client.addConnector(NewConnectorDefinition.newBuilder().withName("bad").withConfig(Map.of("connector.class", "None")).build()));
    until("its task runs", () -> client.getConnectorStatus(NAME).getTasks().stream().anyMatch(task -> task.getState().equals("RUNNING")));

    check(client.getConnectors().contains(NAME), "it is in the list", client.getConnectors());
    check(client.getConnectorsWithExpandedStatus().getStatusForConnector(NAME).getType().equals("sink"), "its status expands", NAME);
    check(client.getConnectorsWithExpandedInfo().getDefinitionForConnector(NAME).getConfig().get("file").equals(arguments[1]), "its info expands", NAME);
    var both = client.getConnectorsWithAllExpandedMetadata();
    check(both.getStatusForConnector(NAME) != null && both.getDefinitionForConnector(NAME) != null, "both expand", both);
    check(client.getConnector(NAME).getTasks().size() == 1, "it has a task", client.getConnector(NAME));
    check(client.getConnectorConfig(NAME).size() == config.size() + 1, "only the name is added to the settings", client.getConnectorConfig(NAME));
    check(client.getConnectorStatus(NAME).getConnector().get("worker_id").contains(":"), "the worker has an address", client.getConnectorStatus(NAME));
    check(client.updateConnectorConfig(NAME, config).getName().equals(NAME), "it is updated", NAME);

    check(client.pauseConnector(NAME), "pause", NAME);
    until("it is paused", () -> client.getConnectorStatus(NAME).getConnector().get("state").equals("PAUSED"));
    check(client.resumeConnector(NAME), "resume", NAME);
    until("it runs again", () -> client.getConnectorStatus(NAME).getConnector().get("state").equals("RUNNING"));
    check(client.restartConnector(NAME), "restart", NAME);
    check(client.restartConnector(new PostConnectorRestart(NAME).withIncludeTasks(true).withOnlyFailed(true)), "restart with flags", NAME);
    check(client.getConnectorTasks(NAME).size() == 1, "its tasks", client.getConnectorTasks(NAME));
    check(client.restartConnectorTask(NAME, 0), "restart of its task", NAME);
    check(client.getConnectorTaskStatus(NAME, 0).getId() == 0, "its task's status", client.getConnectorTaskStatus(NAME, 0));
    check(client.getConnectorTopics(NAME).getName().equals(NAME), "its topics", client.getConnectorTopics(NAME));
    check(client.resetConnectorTopics(NAME), "its topics are forgotten", NAME);

    var validated = client.validateConnectorPluginConfig(ConnectorPluginConfigDefinition.newBuilder().withName("FileStreamSink").withConfig(config).build());
    check(validated.getErrorCount() == 1, "the missing name is the one error", validated);
    check(client.stopConnector(NAME), "stop", NAME);
    until("it has no tasks", () -> client.getConnectorStatus(NAME).getTasks().isEmpty());
    check(client.deleteConnector(NAME), "delete", NAME);
    fails(ResourceNotFoundException.class, "what is gone", () -> client.getConnector(NAME));
  }
}
