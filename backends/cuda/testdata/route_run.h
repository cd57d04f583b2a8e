// route_run: rows experts k width hidden; logits, valid, weights of selections, x, first matrices in f32, second in bf16 in;
// the chosen, count, offset, list as floats, the rows of all selections out, how many went astray, the experts with rows.
static void run(Request& r) {
  const int rows = int(r.number()), experts = int(r.number()), k = int(r.number());
  const int width = int(r.number()), hidden = int(r.number()), selections = rows * k;
  const float* logits = r.input<float>(size_t(rows) * experts);
  const float* valid = r.input<float>(size_t(selections));
  const float* weight = r.input<float>(size_t(selections));
  const float* x = r.input<float>(size_t(rows) * width);
  const float* first = r.input<float>(size_t(experts) * hidden * width);
  const bf16* second = r.input<bf16>(size_t(experts) * width * hidden);
  float* chosen = r.output<float>(size_t(selections));
  int* count = r.output<int>(size_t(experts));
  int* offset = r.output<int>(size_t(experts));
  float* list = r.output<float>(size_t(selections));
  float* out = r.output<float>(size_t(selections) * width);
  int* astray = r.output<int>(1);
  int* with_rows = r.output<int>(size_t(experts) + 1);
  float* collected = r.space<float>(size_t(selections) * width);
  float* middle = r.space<float>(size_t(selections) * hidden);
  memset(out, 0, size_t(selections) * width * sizeof(float));
  r.check(launch(choose, dim3((rows + topk_warps - 1) / topk_warps), dim3(topk_threads), 0, nullptr, logits, chosen, rows, experts, k));
  r.check(launch(route_all, dim3((experts + 1) / 2), dim3(route_threads), route_shared, nullptr, chosen, valid, selections, experts, count, offset,
                 list, astray));
  r.check(launch(list_active, dim3(1), dim3(32), 0, nullptr, count, experts, with_rows));
  r.check(launch(collect_rows, dim3(selections), dim3(128), 0, nullptr, x, list, count, offset, collected, experts, k, width));
  r.check(launch(expert_exact, dim3((hidden + 31) / 32, (selections + 31) / 32, experts), dim3(64), product_exact_shared<32, 32, 16>,
                 nullptr, collected, first, count, offset, middle, hidden, width));
  r.check(launch(expert_rounding, dim3((width + 31) / 32, (selections + 31) / 32, experts), dim3(product_threads),
                 product_shared<32, 32, 16, 2, float>, nullptr, middle, second, list, weight, count, offset, out, width, hidden));
}
