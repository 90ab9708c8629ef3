"""The metrics are a contract."""

from prometheus_client import generate_latest

from service.metrics import Metrics

CONTRACT = {
    "linewatch_images": ("counter", ("stream", "outcome")),
    "linewatch_reconstruction_error_ratio": ("histogram", ("stream",)),
    "linewatch_p_value": ("histogram", ("stream",)),
    "linewatch_audits": ("counter", ("stream",)),
    "linewatch_dead_letters": ("counter", ("reason",)),
    "linewatch_stage_seconds": ("histogram", ("stage",)),
    "linewatch_end_to_end_seconds": ("histogram", ("stream",)),
    "linewatch_batch_images": ("histogram", ()),
    "linewatch_consumer_lag_records": ("gauge", ("topic", "partition")),
    "linewatch_partition_stuck": ("gauge", ("topic", "partition")),
    "linewatch_aborted_batches": ("counter", ()),
    "linewatch_unscorable": ("counter", ("stream", "bundle")),
    "linewatch_last_image_timestamp_seconds": ("gauge", ("stream",)),
    "linewatch_bundle_info": ("gauge", ("stream", "bundle", "autoencoder")),
    "linewatch_loaded_graphs": ("gauge", ()),
    "linewatch_graph_loads": ("counter", ()),
    "linewatch_threshold": ("gauge", ("stream",)),
    "linewatch_bundle_reloads": ("counter", ("stream", "result")),
    "linewatch_champion_missing": ("gauge", ("stream",)),
    "linewatch_store_unreadable": ("gauge", ()),
    "linewatch_unlike_fit": ("counter", ("stream", "what")),
    "linewatch_drift_evidence": ("gauge", ("stream", "sign")),
    "linewatch_burst_evidence": ("gauge", ("stream",)),
    "linewatch_drift_alarms": ("counter", ("stream", "sign")),
    "linewatch_burst_alarms": ("counter", ("stream",)),
    "linewatch_challenger_info": ("gauge", ("stream", "bundle", "autoencoder")),
    "linewatch_shadow_decisions": ("counter", ("stream", "champion", "challenger")),
    "linewatch_challenger_error_ratio": ("histogram", ("stream",)),
    "linewatch_shadow_paused": ("gauge", ("stream",)),
    "linewatch_shadow_faults": ("counter", ("stream",)),
}


def test_names_types_and_labels_are_those_of_the_design() -> None:
    metrics = Metrics()
    found = {
        each._name: (each._type, each._labelnames) for each in vars(metrics).values() if hasattr(each, "_labelnames")
    }
    assert found == CONTRACT


def test_every_process_has_a_registry_of_its_own() -> None:
    first, second = Metrics(), Metrics()
    first.batch_images.observe(3)
    assert b"linewatch_batch_images_count 1.0" in generate_latest(first.registry)
    assert b"linewatch_batch_images_count 0.0" in generate_latest(second.registry)
