"""Metrics: arrays in, numbers out, with NumPy only."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.metrics import tables as tables
    from vaezoo.metrics import transitions as transitions
    from vaezoo.metrics.attribute_codes import attribute_control as attribute_control
    from vaezoo.metrics.attribute_codes import spearman as spearman
    from vaezoo.metrics.attribute_edits import edit_accuracy as edit_accuracy
    from vaezoo.metrics.attribute_edits import label_kept as label_kept
    from vaezoo.metrics.attribute_edits import leak as leak
    from vaezoo.metrics.baseline_figures import baselines as baselines
    from vaezoo.metrics.codebook import codebook_figures as codebook_figures
    from vaezoo.metrics.collapse import active_units as active_units
    from vaezoo.metrics.decomposition import kl_decomposition as kl_decomposition
    from vaezoo.metrics.factor_vae import factor_vae_score as factor_vae_score
    from vaezoo.metrics.information import mig as mig
    from vaezoo.metrics.information import modularity as modularity
    from vaezoo.metrics.information import mutual_informations as mutual_informations
    from vaezoo.metrics.likelihood import ImportanceWeights as ImportanceWeights
    from vaezoo.metrics.likelihood import bits_per_dimension as bits_per_dimension
    from vaezoo.metrics.likelihood import corrected_mean as corrected_mean
    from vaezoo.metrics.likelihood import mean_and_standard_error as mean_and_standard_error
    from vaezoo.metrics.prediction import dci as dci
    from vaezoo.metrics.prediction import linear_probe as linear_probe
    from vaezoo.metrics.prediction import sap as sap
    from vaezoo.metrics.ranking import auroc as auroc
    from vaezoo.metrics.ranking import average_precision as average_precision
    from vaezoo.metrics.regularity import great_circles as great_circles
    from vaezoo.metrics.regularity import jacobian_norm as jacobian_norm
    from vaezoo.metrics.regularity import lines as lines
    from vaezoo.metrics.regularity import path_lengths as path_lengths
    from vaezoo.metrics.regularity import two_sample_accuracy as two_sample_accuracy
    from vaezoo.metrics.samples import class_histogram as class_histogram
    from vaezoo.metrics.samples import confident_share as confident_share
    from vaezoo.metrics.samples import density_coverage as density_coverage
    from vaezoo.metrics.samples import frechet_distance as frechet_distance
    from vaezoo.metrics.samples import memorisation_ratio as memorisation_ratio
    from vaezoo.metrics.samples import precision_recall as precision_recall
    from vaezoo.metrics.scores import disentanglement as disentanglement

__all__ = [
    "ImportanceWeights",
    "active_units",
    "attribute_control",
    "auroc",
    "average_precision",
    "baselines",
    "bits_per_dimension",
    "class_histogram",
    "codebook_figures",
    "confident_share",
    "corrected_mean",
    "dci",
    "density_coverage",
    "disentanglement",
    "edit_accuracy",
    "factor_vae_score",
    "frechet_distance",
    "great_circles",
    "jacobian_norm",
    "kl_decomposition",
    "label_kept",
    "leak",
    "linear_probe",
    "lines",
    "mean_and_standard_error",
    "memorisation_ratio",
    "mig",
    "modularity",
    "mutual_informations",
    "path_lengths",
    "precision_recall",
    "sap",
    "spearman",
    "tables",
    "transitions",
    "two_sample_accuracy",
]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "attribute_control": ".attribute_codes",
        "spearman": ".attribute_codes",
        "edit_accuracy": ".attribute_edits",
        "label_kept": ".attribute_edits",
        "leak": ".attribute_edits",
        "baselines": ".baseline_figures",
        "codebook_figures": ".codebook",
        "active_units": ".collapse",
        "kl_decomposition": ".decomposition",
        "factor_vae_score": ".factor_vae",
        "mig": ".information",
        "modularity": ".information",
        "mutual_informations": ".information",
        "ImportanceWeights": ".likelihood",
        "bits_per_dimension": ".likelihood",
        "corrected_mean": ".likelihood",
        "mean_and_standard_error": ".likelihood",
        "dci": ".prediction",
        "linear_probe": ".prediction",
        "sap": ".prediction",
        "auroc": ".ranking",
        "average_precision": ".ranking",
        "great_circles": ".regularity",
        "jacobian_norm": ".regularity",
        "lines": ".regularity",
        "path_lengths": ".regularity",
        "two_sample_accuracy": ".regularity",
        "class_histogram": ".samples",
        "confident_share": ".samples",
        "density_coverage": ".samples",
        "frechet_distance": ".samples",
        "memorisation_ratio": ".samples",
        "precision_recall": ".samples",
        "disentanglement": ".scores",
    },
    ("tables", "transitions"),
)
