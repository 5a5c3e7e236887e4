extension MetricPageTests {
  /// The page of the scene, in OpenMetrics.
  static let golden = #"""
    # TYPE llm_requests counter
    # HELP llm_requests Finished calls, errors included.
    llm_requests_total{service="chat",provider="p",model="m",status="ok"} 0
    llm_requests_total{service="chat",provider="p",model="m",status="error"} 1
    llm_requests_total{service="chat",provider="p",model="m",status="cancelled"} 0
    # TYPE llm_errors counter
    # HELP llm_errors Calls that failed.
    llm_errors_total{service="chat",provider="p",model="m",error_type="timeout"} 1
    # TYPE llm_tokens counter
    # HELP llm_tokens Tokens by disjoint type.
    llm_tokens_total{service="chat",provider="p",model="m",type="input"} 7
    # TYPE llm_cost_usd counter
    # UNIT llm_cost_usd usd
    # HELP llm_cost_usd Cost of calls.
    llm_cost_usd_total{service="chat",provider="p",model="m"} 0.0025
    # TYPE llm_unpriced_tokens counter
    # HELP llm_unpriced_tokens Tokens of calls whose cost is not known.
    llm_unpriced_tokens_total{service="chat",provider="p",model="m"} 0
    # TYPE llm_calls_without_usage counter
    # HELP llm_calls_without_usage Calls that went well and told no usage.
    llm_calls_without_usage_total{service="chat",provider="p",model="m"} 0
    # TYPE llm_request_duration_seconds histogram
    # UNIT llm_request_duration_seconds seconds
    # HELP llm_request_duration_seconds How long calls took.
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",\#
    le="0.0009765625"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",\#
    le="0.001953125"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",\#
    le="0.00390625"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",\#
    le="0.0078125"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.015625"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.03125"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.0625"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.125"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.25"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="0.5"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="1.0"} 0
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",\#
    le="2.0"} 1 # {trace_id="0000000000004bf90000000000000abc"} 1.5 1795228171.873
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="4.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="8.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="16.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="32.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="64.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="128.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="256.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="512.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="1024.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="2048.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="4096.0"} 1
    llm_request_duration_seconds_bucket{service="chat",provider="p",model="m",le="+Inf"} 1
    llm_request_duration_seconds_sum{service="chat",provider="p",model="m"} 1.5
    llm_request_duration_seconds_count{service="chat",provider="p",model="m"} 1
    # TYPE llm_cost_adjustment_usd gauge
    # UNIT llm_cost_adjustment_usd usd
    # HELP llm_cost_adjustment_usd What to add to the cost counted so far.
    llm_cost_adjustment_usd{service="chat",provider="p",model="m"} 0
    # TYPE llm_retries counter
    # HELP llm_retries Calls that were not a first try.
    llm_retries_total{service="chat",provider="p",model="m"} 1
    # TYPE llm_wait_seconds counter
    # UNIT llm_wait_seconds seconds
    # HELP llm_wait_seconds Time waited before calls were sent.
    llm_wait_seconds_total{service="chat",provider="p",model="m",reason="queue"} 0.25
    # TYPE llm_cache_requests counter
    # HELP llm_cache_requests Calls by how the application's cache served them.
    llm_cache_requests_total{service="chat",result="miss"} 1
    # TYPE llm_tenant_requests counter
    # HELP llm_tenant_requests Finished calls by tenant.
    llm_tenant_requests_total{tenant="acme",provider="p",model="m"} 1
    # TYPE llm_tenant_tokens counter
    # HELP llm_tenant_tokens Tokens by tenant and disjoint type.
    llm_tenant_tokens_total{tenant="acme",provider="p",model="m",type="input"} 7
    # TYPE llm_tenant_unpriced_tokens counter
    # HELP llm_tenant_unpriced_tokens Tokens of calls whose cost is not known, by tenant.
    llm_tenant_unpriced_tokens_total{tenant="acme",provider="p",model="m"} 0
    # TYPE llm_tenant_cost_usd counter
    # UNIT llm_tenant_cost_usd usd
    # HELP llm_tenant_cost_usd Cost of calls by tenant.
    llm_tenant_cost_usd_total{tenant="acme",provider="p",model="m"} 0.0025
    # TYPE llm_prompt_requests counter
    # HELP llm_prompt_requests Finished calls by prompt.
    llm_prompt_requests_total{prompt="greet"} 1
    # TYPE llm_prompt_cost_usd counter
    # UNIT llm_prompt_cost_usd usd
    # HELP llm_prompt_cost_usd Cost of calls by prompt.
    llm_prompt_cost_usd_total{prompt="greet"} 0.0025
    # TYPE llm_prompt_duration_seconds histogram
    # UNIT llm_prompt_duration_seconds seconds
    # HELP llm_prompt_duration_seconds How long calls took, by prompt.
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.0009765625"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.001953125"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.00390625"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.0078125"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.015625"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.03125"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.0625"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.125"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.25"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="0.5"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",le="1.0"} 0
    llm_prompt_duration_seconds_bucket{prompt="greet",\#
    le="2.0"} 1 # {trace_id="0000000000004bf90000000000000abc"} 1.5 1795228171.873
    llm_prompt_duration_seconds_bucket{prompt="greet",le="4.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="8.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="16.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="32.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="64.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="128.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="256.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="512.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="1024.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="2048.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="4096.0"} 1
    llm_prompt_duration_seconds_bucket{prompt="greet",le="+Inf"} 1
    llm_prompt_duration_seconds_sum{prompt="greet"} 1.5
    llm_prompt_duration_seconds_count{prompt="greet"} 1
    # TYPE spans counter
    # HELP spans Finished spans that are no calls.
    spans_total{service="chat",status="ok"} 0
    spans_total{service="chat",status="error"} 1
    spans_total{service="chat",status="cancelled"} 0
    # TYPE span_duration_seconds histogram
    # UNIT span_duration_seconds seconds
    # HELP span_duration_seconds How long spans took.
    span_duration_seconds_bucket{service="chat",le="0.0009765625"} 0
    span_duration_seconds_bucket{service="chat",le="0.001953125"} 0
    span_duration_seconds_bucket{service="chat",le="0.00390625"} 0
    span_duration_seconds_bucket{service="chat",le="0.0078125"} 0
    span_duration_seconds_bucket{service="chat",le="0.015625"} 0
    span_duration_seconds_bucket{service="chat",le="0.03125"} 0
    span_duration_seconds_bucket{service="chat",le="0.0625"} 0
    span_duration_seconds_bucket{service="chat",le="0.125"} 0
    span_duration_seconds_bucket{service="chat",le="0.25"} 0
    span_duration_seconds_bucket{service="chat",le="0.5"} 0
    span_duration_seconds_bucket{service="chat",le="1.0"} 0
    span_duration_seconds_bucket{service="chat",\#
    le="2.0"} 1 # {trace_id="0000000000004bf90000000000000abc"} 1.5 1795228171.873
    span_duration_seconds_bucket{service="chat",le="4.0"} 1
    span_duration_seconds_bucket{service="chat",le="8.0"} 1
    span_duration_seconds_bucket{service="chat",le="16.0"} 1
    span_duration_seconds_bucket{service="chat",le="32.0"} 1
    span_duration_seconds_bucket{service="chat",le="64.0"} 1
    span_duration_seconds_bucket{service="chat",le="128.0"} 1
    span_duration_seconds_bucket{service="chat",le="256.0"} 1
    span_duration_seconds_bucket{service="chat",le="512.0"} 1
    span_duration_seconds_bucket{service="chat",le="1024.0"} 1
    span_duration_seconds_bucket{service="chat",le="2048.0"} 1
    span_duration_seconds_bucket{service="chat",le="4096.0"} 1
    span_duration_seconds_bucket{service="chat",le="+Inf"} 1
    span_duration_seconds_sum{service="chat"} 1.5
    span_duration_seconds_count{service="chat"} 1
    # TYPE log_records counter
    # HELP log_records Log records.
    log_records_total{service="chat",level="error"} 1
    # TYPE eval_scores counter
    # HELP eval_scores Scores that are a boolean or a category, by value.
    eval_scores_total{name="good",model="m",value="true"} 1
    # TYPE eval_score histogram
    # HELP eval_score Scores that are a number; booleans count as 0 and 1.
    eval_score_bucket{name="good",model="m",le="0.015625"} 0
    eval_score_bucket{name="good",model="m",le="0.03125"} 0
    eval_score_bucket{name="good",model="m",le="0.0625"} 0
    eval_score_bucket{name="good",model="m",le="0.125"} 0
    eval_score_bucket{name="good",model="m",le="0.25"} 0
    eval_score_bucket{name="good",model="m",le="0.5"} 0
    eval_score_bucket{name="good",model="m",le="1.0"} 1
    eval_score_bucket{name="good",model="m",le="2.0"} 1
    eval_score_bucket{name="good",model="m",le="4.0"} 1
    eval_score_bucket{name="good",model="m",le="8.0"} 1
    eval_score_bucket{name="good",model="m",le="16.0"} 1
    eval_score_bucket{name="good",model="m",le="32.0"} 1
    eval_score_bucket{name="good",model="m",le="64.0"} 1
    eval_score_bucket{name="good",model="m",le="128.0"} 1
    eval_score_bucket{name="good",model="m",le="+Inf"} 1
    eval_score_sum{name="good",model="m"} 1
    eval_score_count{name="good",model="m"} 1
    # EOF

    """#
}
