use crate::helpers::{CITY, World, at, district, file};
use contract_location::{Location as _, LocationFault};
use kernel::Failure;
use sqlx::Row;
use std::collections::HashMap;

#[tokio::test]
async fn before_any_seed_nothing_is_served() {
    let w = World::empty().await;
    let refused = w.location.locate(at(24.81, 46.61)).await.unwrap_err();
    assert_eq!(refused.refused(), Some(&LocationFault::NoZones));
    let mut tx = w.t.platform.db.begin().await.unwrap();
    let boundaries = file(&[district("أ", "A", 1, (24.8, 46.6), 0.02)]).to_string();
    let refused = w
        .location
        .import_geojson(&mut tx, boundaries.as_bytes(), w.t.now())
        .await;
    assert_eq!(
        refused.unwrap_err().refused(),
        Some(&LocationFault::NoZones)
    );
}

#[tokio::test]
async fn seeding_tiles_the_city_and_repeating_it_changes_nothing() {
    let w = World::empty().await;
    let first = w.seed(CITY).await;
    assert_eq!(first.changed, 6);
    assert!(first.micro_zones > 100, "{first:?}");
    let place = w.location.locate(at(24.812, 46.607)).await.unwrap();
    assert_eq!(
        (place.sector.as_str(), place.zone.as_str()),
        ("al-malqa", "north")
    );
    assert_eq!(
        (place.sector_name.ar.as_str(), place.zone_name.en.as_str()),
        ("الملقا", "North Riyadh")
    );
    assert!(
        place.cell.starts_with("89"),
        "dense sectors have fine cells: {}",
        place.cell
    );
    let place = w.location.locate(at(24.588, 46.767)).await.unwrap();
    assert!(
        place.cell.starts_with("88"),
        "others coarse ones: {}",
        place.cell
    );

    let version = grid_version(&w).await;
    let again = w.seed(CITY).await;
    assert_eq!((again.changed, again.micro_zones), (0, first.micro_zones));
    assert_eq!(grid_version(&w).await, version);

    let sectors = w.location.sectors().await.unwrap();
    assert_eq!(
        sectors.iter().map(|s| s.slug.as_str()).collect::<Vec<_>>(),
        ["al-aziziyah", "al-malqa", "as-sahafah", "taybah"]
    );
    assert_eq!(
        sectors.iter().map(|s| s.micro_zones).sum::<u32>(),
        first.micro_zones
    );
    assert!((sectors[0].coverage_weight - 0.9).abs() < 1e-9);
}

/// The table the project ships: every sector has ground, and its centre lies on its own.
#[tokio::test]
async fn the_shipped_table_tiles_riyadh() {
    let w = World::empty().await;
    let report = w
        .seed(include_str!("../../../../server/seed/sectors.toml"))
        .await;
    assert!((2_000..8_000).contains(&report.micro_zones), "{report:?}");
    for sector in w.location.sectors().await.unwrap() {
        assert!(sector.micro_zones > 0, "{}", sector.slug);
        let place = w.location.locate(sector.centre).await.unwrap();
        assert_eq!(place.sector, sector.slug);
    }
}

#[tokio::test]
async fn outside_the_nearest_served_sector_is_named() {
    let w = World::seeded().await;
    let outside = |refused: Failure<LocationFault>| match refused {
        Failure::Refused(LocationFault::OutsideZones {
            nearest,
            distance_m,
            ..
        }) => (nearest.to_string(), distance_m),
        other => panic!("{other:?}"),
    };
    let jeddah = at(21.54, 39.17);
    let (nearest, distance_m) = outside(w.location.locate(jeddah).await.unwrap_err());
    assert_eq!(nearest, "al-malqa");
    assert!((830_000..860_000).contains(&distance_m), "{distance_m}");

    // A paused zone is served no more, and is nobody's nearest.
    run(
        &w,
        "update location.zones set status = 'paused' where slug = 'north'",
    )
    .await;
    let (nearest, _) = outside(w.location.locate(at(24.812, 46.607)).await.unwrap_err());
    assert_eq!(nearest, "al-aziziyah");
    run(
        &w,
        "update location.sectors set status = 'planned' where slug = 'al-aziziyah'",
    )
    .await;
    let (nearest, _) = outside(w.location.locate(at(24.588, 46.767)).await.unwrap_err());
    assert_eq!(nearest, "taybah");
    run(&w, "update location.micro_zones set status = 'paused'").await;
    assert!(w.location.locate(at(24.535, 46.825)).await.is_err());
}

#[tokio::test]
async fn every_process_sees_a_new_grid_at_once_and_an_old_one_when_the_database_is_gone() {
    let w = World::seeded().await;
    let other = w.another();
    let pin = at(24.812, 46.607);
    assert_eq!(other.locate(pin).await.unwrap().sector.as_str(), "al-malqa");
    w.import(&file(&[district(
        "حي جديد",
        "Jadid",
        5,
        (24.80, 46.60),
        0.02,
    )]))
    .await;
    assert_eq!(other.locate(pin).await.unwrap().sector.as_str(), "jadid");
    assert_eq!(
        w.location.locate(pin).await.unwrap().sector.as_str(),
        "jadid"
    );
    w.t.platform.db.close().await;
    assert_eq!(other.locate(pin).await.unwrap().sector.as_str(), "jadid");
    let never_read = w.another();
    assert!(matches!(
        never_read.locate(pin).await,
        Err(Failure::Unavailable(_))
    ));
}

#[tokio::test]
async fn an_import_replaces_the_sectors_it_names_and_adds_the_others() {
    let w = World::seeded().await;
    let boundaries = file(&[
        district("حي الملقا", "", 1, (24.790, 46.590), 0.03),
        district("صحافه", "Al-Sahafa", 2, (24.790, 46.620), 0.03),
        district("حطين", "Hittin", 3, (24.750, 46.590), 0.03),
        district("بلا اسم آخر", "", 4, (24.750, 46.630), 0.03),
        district("جدة", "Jeddah", 5, (21.500, 39.100), 0.03),
        district("حطين", "Hittin", 6, (24.751, 46.591), 0.03),
    ]);
    let report = w.import(&boundaries).await;
    assert_eq!((report.taken, report.updated, report.unchanged), (2, 2, 0));
    let skipped: Vec<_> = report
        .skipped
        .iter()
        .map(|s| (s.name.as_str(), s.code.as_str()))
        .collect();
    assert_eq!(skipped, [("جدة", "outside_riyadh"), ("حطين", "duplicate")]);
    let notes: Vec<_> = report
        .notes
        .iter()
        .map(|s| (s.name.as_str(), s.code.as_str()))
        .collect();
    assert_eq!(notes, [("بلا اسم آخر", "no_english_name")]);

    for (lat, lon, sector, zone) in [
        (24.805, 46.605, "al-malqa", "north"),
        (24.805, 46.635, "as-sahafah", "north"),
        (24.765, 46.605, "hittin", "north"),
        (24.765, 46.645, "osm-4", "north"),
    ] {
        let place = w.location.locate(at(lat, lon)).await.unwrap();
        assert_eq!((place.sector.as_str(), place.zone.as_str()), (sector, zone));
    }
    let sectors: HashMap<_, _> = w
        .location
        .sectors()
        .await
        .unwrap()
        .into_iter()
        .map(|s| (s.slug.to_string(), s))
        .collect();
    assert_eq!(sectors["al-malqa"].name.en, "Al Malqa");
    assert_eq!(sectors["osm-4"].name.en, "بلا اسم آخر");
    assert!(sectors["al-malqa"].centre.distance_m(at(24.805, 46.605)) < 1.0);
    assert_eq!(
        sectors.values().map(|s| s.micro_zones).sum::<u32>(),
        report.micro_zones
    );

    let version = grid_version(&w).await;
    let again = w.import(&boundaries).await;
    assert_eq!((again.taken, again.updated, again.unchanged), (0, 0, 4));
    assert_eq!(
        (again.skipped, again.micro_zones),
        (report.skipped, report.micro_zones)
    );
    assert_eq!(grid_version(&w).await, version);
    // Seeding again leaves the real boundary alone.
    assert_eq!(w.seed(CITY).await.changed, 0);
    assert_eq!(
        w.location
            .locate(at(24.805, 46.605))
            .await
            .unwrap()
            .sector
            .as_str(),
        "al-malqa"
    );

    // A moved boundary is an update of the same sector, by its key, whatever it is called now.
    let moved = w
        .import(&file(&[district(
            "حطين الجديدة",
            "New Hittin",
            3,
            (24.750, 46.585),
            0.03,
        )]))
        .await;
    assert_eq!((moved.taken, moved.updated, moved.unchanged), (0, 1, 0));
    assert_eq!(
        w.location
            .locate(at(24.765, 46.590))
            .await
            .unwrap()
            .sector
            .as_str(),
        "hittin"
    );
}

#[tokio::test]
async fn a_small_district_inside_a_large_one_keeps_its_place_and_a_covered_one_is_told() {
    let w = World::seeded().await;
    let report = w
        .import(&file(&[
            district("كبير", "Large", 1, (24.600, 46.600), 0.06),
            district("صغير", "Small", 2, (24.620, 46.620), 0.012),
        ]))
        .await;
    assert_eq!((report.taken, report.notes.len()), (2, 0));
    assert_eq!(
        w.location
            .locate(at(24.626, 46.626))
            .await
            .unwrap()
            .sector
            .as_str(),
        "small"
    );
    assert_eq!(
        w.location
            .locate(at(24.650, 46.650))
            .await
            .unwrap()
            .sector
            .as_str(),
        "large"
    );
    // On the small one's ground a smaller one: the first has nothing left.
    let smaller = [
        district("صغير", "Small", 2, (24.620, 46.620), 0.012),
        district("آخر", "Another", 3, (24.620, 46.620), 0.01199),
    ];
    let report = w.import(&file(&smaller)).await;
    assert_eq!((report.taken, report.unchanged), (1, 1));
    let notes: Vec<_> = report
        .notes
        .iter()
        .map(|n| (n.name.as_str(), n.code.as_str()))
        .collect();
    assert_eq!(notes, [("صغير", "covered")]);
    let place = w.location.locate(at(24.626, 46.626)).await.unwrap();
    assert_eq!(place.sector.as_str(), "another");
}

#[tokio::test]
async fn operators_choices_outlive_a_new_tiling() {
    let w = World::seeded().await;
    let place = w.location.locate(at(24.588, 46.767)).await.unwrap();
    run(
        &w,
        "update location.micro_zones set coverage_weight = 3 where sector = 'al-aziziyah'",
    )
    .await;
    run(
        &w,
        "update location.sectors set status = 'paused' where slug = 'taybah'",
    )
    .await;
    w.import(&file(&[district(
        "حطين",
        "Hittin",
        3,
        (24.750, 46.590),
        0.03,
    )]))
    .await;
    w.seed(CITY).await;
    let weight: f64 = sqlx::query(
        "select coverage_weight from location.micro_zones where sector = 'al-aziziyah' limit 1",
    )
    .fetch_one(&w.t.platform.db)
    .await
    .unwrap()
    .get(0);
    assert!((weight - 3.0).abs() < 1e-9);
    assert!(w.location.locate(at(24.535, 46.825)).await.is_err());
    assert_eq!(w.location.locate(at(24.588, 46.767)).await.unwrap(), place);
}

#[tokio::test]
async fn two_imports_at_once_wait_for_each_other() {
    let w = World::seeded().await;
    let one = file(&[district("حطين", "Hittin", 3, (24.750, 46.590), 0.03)]);
    let two = file(&[
        district("حطين", "Hittin", 3, (24.750, 46.590), 0.03),
        district("عرقة", "Irqah", 4, (24.68, 46.57), 0.03),
    ]);
    let (a, b) = tokio::join!(w.import(&one), w.import(&two));
    assert_eq!(a.taken + b.taken, 2, "{a:?} {b:?}");
    assert_eq!(a.unchanged + b.unchanged, 1);
}

async fn grid_version(w: &World) -> i64 {
    sqlx::query("select version from location.grid")
        .fetch_one(&w.t.platform.db)
        .await
        .unwrap()
        .get(0)
}

/// An operator's change: what differs, and the version.
async fn run(w: &World, sql: &'static str) {
    sqlx::query(sql).execute(&w.t.platform.db).await.unwrap();
    sqlx::query("update location.grid set version = version + 1")
        .execute(&w.t.platform.db)
        .await
        .unwrap();
}
