// The story that ricardo-ch/go-kafka-connect, the engine of the Terraform provider, tells of one connector.
//
//	go-client BASE_URL FILE TOPIC
//
// Ends with 0 where every answer was what the client needs; otherwise says what was not.
package main

import (
	"fmt"
	"os"

	"github.com/ricardo-ch/go-kafka-connect/v3/lib/connectors"
)

const name = "of-go"

func must(err error, what string) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func check(holds bool, what string, seen interface{}) {
	if !holds {
		fmt.Printf("not so: %s; seen: %+v\n", what, seen)
		os.Exit(1)
	}
}

func main() {
	client := connectors.NewClient(os.Args[1])
	request := connectors.ConnectorRequest{Name: name}
	config := map[string]interface{}{"connector.class": "FileStreamSink", "file": os.Args[2], "topics": os.Args[3], "tasks.max": "1"}
	wanted := connectors.CreateConnectorRequest{ConnectorRequest: request, Config: config}

	created, err := client.CreateConnector(wanted, true)
	must(err, "create, then read until it is there")
	check(created.Code == 201 && created.Name == name, "a created connector is 201 and named", created)
	all, err := client.GetAll()
	must(err, "list")
	check(len(all.Connectors) == 1 && all.Connectors[0] == name, "it is in the list", all)
	same, err := client.IsUpToDate(name, config)
	must(err, "compare")
	check(same, "what is stored has as many keys as what was sent, with the same values", config)
	must(client.DeployConnector(wanted), "deploy what is there already")

	config["consumer.override.client.id"] = "another"
	must(client.DeployConnector(wanted), "deploy a change, then read until it is there")
	updated, err := client.UpdateConnector(wanted, true)
	must(err, "update with the same")
	check(updated.Code == 200, "a replaced configuration is 200", updated)

	_, err = client.PauseConnector(request, true)
	must(err, "pause, then read until PAUSED")
	_, err = client.ResumeConnector(request, true)
	must(err, "resume, then read until RUNNING")
	status, err := client.GetConnectorStatus(request)
	must(err, "status")
	check(status.ConnectorStatus["state"] == "RUNNING" && status.ConnectorStatus["worker_id"] != "", "the status is flat", status)
	restarted, err := client.RestartConnector(request)
	must(err, "restart")
	check(restarted.Code == 204, "a restart without flags is 204", restarted)
	tasks, err := client.GetAllTasks(request)
	must(err, "tasks")
	check(len(tasks.Tasks) == 1 && tasks.Tasks[0].ID.Connector == name && tasks.Tasks[0].ID.TaskID == 0, "it has its task", tasks)
	task := connectors.TaskRequest{Connector: name, TaskID: 0}
	_, err = client.RestartTask(task)
	must(err, "restart the task")
	taskStatus, err := client.GetTaskStatus(task)
	must(err, "status of the task")
	check(taskStatus.Code == 200, "the task has a status", taskStatus)

	_, err = client.CreateConnector(connectors.CreateConnectorRequest{ConnectorRequest: connectors.ConnectorRequest{Name: "bad"},
		Config: map[string]interface{}{"connector.class": "NoSuchClass"}}, false)
	check(err != nil, "a bad configuration is an error", err)
	deleted, err := client.DeleteConnector(request, true)
	must(err, "delete, then read until it is gone")
	check(deleted.Code == 204, "a deletion is 204", deleted)
	absent, err := client.GetConnectorStatus(request)
	must(err, "status of what is gone")
	check(absent.Code == 404, "what is gone has no status", absent)
}
