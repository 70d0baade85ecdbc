from django.urls import URLPattern, path

from apps.generation import (
    views,
    views_controls,
    views_costs,
    views_imports,
    views_instructions,
    views_rejected,
    views_seed,
)

app_name = "generation"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("new/", views.new, name="new"),
    path("<int:run_id>/", views.detail, name="run"),
    path("<int:run_id>/charts/", views.charts, name="charts"),
    path("<int:run_id>/rejected/", views_rejected.rejected, name="rejected"),
    path("<int:run_id>/instructions/", views_instructions.instructions, name="instructions"),
    path("compare/", views_costs.compare, name="compare"),
    path("costs/", views_costs.costs, name="costs"),
    path("<int:run_id>/pause/", views_controls.pause, name="pause"),
    path("<int:run_id>/resume/", views_controls.resume, name="resume"),
    path("<int:run_id>/cancel/", views_controls.cancel, name="cancel"),
    path("<int:run_id>/change/", views_controls.change, name="change"),
    path("<int:run_id>/extend/", views_controls.extend, name="extend"),
    path("<int:run_id>/retry/", views_controls.retry, name="retry"),
    path("<int:run_id>/limit/", views_controls.limit, name="limit"),
    path("seed/<int:seed_id>/", views_seed.seed, name="seed"),
    path("imports/", views_imports.imports, name="imports"),
    path("imports/new/", views_imports.new, name="import-new"),
    path("imports/<int:import_id>/", views_imports.detail, name="import"),
    path("imports/<int:import_id>/stop/", views_imports.stop, name="import-stop"),
    path("imports/<int:import_id>/resume/", views_imports.resume, name="import-resume"),
]
