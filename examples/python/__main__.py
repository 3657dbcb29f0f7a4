import pulumi
import pulumi_portknock as portknock

config = pulumi.Config()

fleet = portknock.PortKnockFleet(
    "edge",
    hosts={
        f"web{number}": {"connection": {"host": address}}
        for number, address in enumerate(config.require_object("hosts"), start=1)
    },
    connection={"privateKey": config.require_secret("privateKey")},
    door=[{"protocol": "tcp", "ports": [22]}],
    canary=1,
)

pulumi.export("clientConfig", fleet.client_config)
