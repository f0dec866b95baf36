//! What tests elsewhere rely on.

use stores::testing::TestStores;

#[test]
fn every_test_gets_the_same_servers_and_its_own_redis_database() {
    let stores = TestStores::get();
    assert_eq!(stores, TestStores::get());
    assert!(
        stores
            .database_url
            .starts_with("postgres://postgres@localhost/khidma?host=/")
    );
    assert!(stores.s3_endpoint.starts_with("http://127.0.0.1:"));
    let first = stores.fresh_redis_url().unwrap();
    let second = stores.fresh_redis_url().unwrap();
    assert_ne!(first, second);
    assert!(second.contains("?db="));
}
