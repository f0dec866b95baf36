//! One module in a process of its own: nobody can tell, except while it is gone.

use crate::process::{Process, environment, free_address};
use crate::story::{Stage, Technician, leak_repair};
use crate::template;
use crate::world::{World, pin};
use serde_json::json;
use stores::testing::TestStores;

#[tokio::test]
async fn location_lives_elsewhere() {
    let stores = TestStores::get();
    let database = template::copy(stores).await;
    let address = free_address();
    let url = format!("http://{address}");
    let w = World::with(stores, &database, &[("remote.location", format!("{url}/"))]).await;
    let environment = environment(&w.config, &w.net.api, &w.net.sandbox);
    let only = ["serve", "--only", "location"];
    let elsewhere = Process::serving(&only, &environment, address).await;
    assert!(w.app.location.is_none());

    // A quote, a ping and a search by way of the other process; public paths are handed on.
    let customer = w.customer().await;
    let member = w.plumbers().await.remove(0);
    let technician = Technician::on_shift(&w, &member, pin()).await;
    let zones = w.net.open("/v1/zones").await.ok();
    assert!(zones["zones"].as_array().unwrap().len() >= 5);
    let order = w.bring(&customer, &technician, Stage::EnRoute).await;
    technician.ping(pin()).await;
    let track = customer
        .get(&format!("/v1/bookings/{}/track", order.booking))
        .await
        .ok();
    assert_eq!(track["position"]["fresh"], true, "{track}");
    // Its inner door opens only to those who know the word.
    let outsider = reqwest::Client::builder().no_proxy().build().unwrap();
    let inner = outsider
        .post(format!("{url}/internal/location/locate"))
        .json(&json!({ "point": pin() }));
    assert_eq!(inner.send().await.unwrap().status().as_u16(), 404);

    elsewhere.kill();
    let before = w.rows().await;
    customer
        .post("/v1/quotes", leak_repair(pin()))
        .await
        .refused(503, "http.unavailable");
    w.net
        .open("/v1/zones")
        .await
        .refused(503, "http.unavailable");
    assert_eq!(w.rows().await, before);
    // What does not need it goes on.
    customer
        .get(&format!("/v1/bookings/{}", order.booking))
        .await
        .ok();

    let _elsewhere = Process::serving(&only, &environment, address).await;
    customer.post("/v1/quotes", leak_repair(pin())).await.ok();
    w.work(&customer, &technician, &order, Stage::Settled).await;
    w.finish().await;
}
