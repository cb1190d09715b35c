//! The barest handlers that do the same outside work.

use anyhow::Context;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

#[derive(Clone)]
struct Bare {
    pool: PgPool,
    redis: ConnectionManager,
}

/// Serves until killed.
pub(crate) async fn serve() -> anyhow::Result<()> {
    let pool = PgPoolOptions::new()
        .max_connections(16)
        .connect(&std::env::var("DATABASE_URL").context("DATABASE_URL")?)
        .await?;
    sqlx::query("create table if not exists bench_baseline (id uuid primary key, body jsonb not null, created_at timestamptz not null default now())")
        .execute(&pool)
        .await?;
    let client = redis::Client::open(std::env::var("REDIS_URL").context("REDIS_URL")?)?;
    let mut redis = client.get_connection_manager().await?;
    let _: () = redis
        .set(
            "bench:baseline",
            json!({ "job_status": "initializing", "filler": "x".repeat(600) }).to_string(),
        )
        .await?;
    let app = Router::new()
        .route("/insert", post(insert))
        .route("/get", get(read))
        .with_state(Bare { pool, redis });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

async fn insert(State(bare): State<Bare>, Json(body): Json<Value>) -> Result<Json<Value>, String> {
    let id = Uuid::now_v7();
    sqlx::query("insert into bench_baseline (id, body) values ($1, $2)")
        .bind(id)
        .bind(body)
        .execute(&bare.pool)
        .await
        .map_err(|e| e.to_string())?;
    Ok(Json(json!({ "job_id": id })))
}

async fn read(State(bare): State<Bare>) -> Result<String, String> {
    bare.redis.clone().get("bench:baseline").await.map_err(|e| e.to_string())
}
