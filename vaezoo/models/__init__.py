"""The shelf: every model, by family and by name."""

from vaezoo import _training  # noqa: F401
from vaezoo._model.base import LatentVariableModel
from vaezoo.models.adversarial_ae import AdversarialAE
from vaezoo.models.annealed_vae import AnnealedVAE
from vaezoo.models.attribute_vae import AttributeVAE
from vaezoo.models.autoencoder import Autoencoder
from vaezoo.models.beta_tcvae import BetaTCVAE
from vaezoo.models.beta_vae import BetaVAE
from vaezoo.models.capacity_vae import CapacityVAE
from vaezoo.models.categorical_pixel_vae import CategoricalPixelVAE
from vaezoo.models.categorical_vae import CategoricalVAE
from vaezoo.models.ciwae import CIWAE
from vaezoo.models.conditional_prior_vae import ConditionalPriorVAE
from vaezoo.models.continuous_bernoulli_vae import ContinuousBernoulliVAE
from vaezoo.models.conv_two_level_vae import ConvTwoLevelVAE
from vaezoo.models.cvae import CVAE
from vaezoo.models.cyclical_vae import CyclicalVAE
from vaezoo.models.denoising_autoencoder import DenoisingAutoencoder
from vaezoo.models.dip_vae_i import DIPVAEI
from vaezoo.models.dip_vae_ii import DIPVAEII
from vaezoo.models.dirichlet_vae import DirichletVAE
from vaezoo.models.discretised_logistic_vae import DiscretisedLogisticVAE
from vaezoo.models.dreg_iwae import DReGIWAE
from vaezoo.models.factor_vae import FactorVAE
from vaezoo.models.free_bits_vae import FreeBitsVAE
from vaezoo.models.fsq_vae import FSQVAE
from vaezoo.models.full_covariance_vae import FullCovarianceVAE
from vaezoo.models.geco_vae import GECOVAE
from vaezoo.models.hierarchical import HierarchicalVAE
from vaezoo.models.hvae import HVAE
from vaezoo.models.hyperspherical_vae import HypersphericalVAE
from vaezoo.models.iaf_vae import IAFVAE
from vaezoo.models.info_vae import InfoVAE
from vaezoo.models.iwae import IWAE
from vaezoo.models.joint_vae import JointVAE
from vaezoo.models.ladder_vae import LadderVAE
from vaezoo.models.laplace_vae import LaplaceVAE
from vaezoo.models.linear_autoencoder import LinearAutoencoder
from vaezoo.models.linear_vae import LinearVAE
from vaezoo.models.logistic_mixture_vae import LogisticMixtureVAE
from vaezoo.models.m2 import M2
from vaezoo.models.maf_vae import MAFVAE
from vaezoo.models.miwae import MIWAE
from vaezoo.models.mixture_vae import MixtureVAE
from vaezoo.models.ms_ssim_vae import MSSSIMVAE
from vaezoo.models.negative_binomial_vae import NegativeBinomialVAE
from vaezoo.models.pca import PCA
from vaezoo.models.piwae import PIWAE
from vaezoo.models.planar_vae import PlanarVAE
from vaezoo.models.poincare_vae import PoincareVAE
from vaezoo.models.poisson_vae import PoissonVAE
from vaezoo.models.probabilistic_pca import ProbabilisticPCA
from vaezoo.models.quantised import QuantisedVAE
from vaezoo.models.radial_vae import RadialVAE
from vaezoo.models.rae_gp import RAEGP
from vaezoo.models.rae_l2 import RAEL2
from vaezoo.models.real_nvp_vae import RealNVPVAE
from vaezoo.models.renyi_vae import RenyiVAE
from vaezoo.models.residual_vae import ResidualVAE
from vaezoo.models.rhvae import RHVAE
from vaezoo.models.rq_vae import RQVAE
from vaezoo.models.semi_supervised import SemiSupervisedVAE
from vaezoo.models.sigma_vae import SigmaVAE
from vaezoo.models.sparse_autoencoder import SparseAutoencoder
from vaezoo.models.stl_vae import STLVAE
from vaezoo.models.student_t_vae import StudentTVAE
from vaezoo.models.two_level_vae import TwoLevelVAE
from vaezoo.models.vade import VaDE
from vaezoo.models.vae import VAE
from vaezoo.models.vae_gan import VAEGAN
from vaezoo.models.vamp_vae import VampVAE
from vaezoo.models.vq_vae import VQVAE
from vaezoo.models.wae import WAE
from vaezoo.models.wae_gan import WAEGAN

# The shelves, in the order in which tables and lists show them.
FAMILIES: dict[str, tuple[type[LatentVariableModel], ...]] = {
    "VAE and its objectives": (
        VAE,
        BetaVAE,
        AnnealedVAE,
        CyclicalVAE,
        CapacityVAE,
        FreeBitsVAE,
        GECOVAE,
        MSSSIMVAE,
    ),
    "Disentanglement": (
        BetaTCVAE,
        FactorVAE,
        DIPVAEI,
        DIPVAEII,
        InfoVAE,
        AttributeVAE,
    ),
    "Importance-weighted bounds": (
        IWAE,
        MIWAE,
        PIWAE,
        CIWAE,
        DReGIWAE,
        STLVAE,
        RenyiVAE,
    ),
    "Adversarial": (
        AdversarialAE,
        WAEGAN,
        VAEGAN,
    ),
    "Posteriors": (
        FullCovarianceVAE,
        PlanarVAE,
        RadialVAE,
        IAFVAE,
        HVAE,
        RHVAE,
    ),
    "Latent spaces": (
        HypersphericalVAE,
        PoincareVAE,
        CategoricalVAE,
        JointVAE,
        DirichletVAE,
    ),
    "Priors": (
        MixtureVAE,
        VaDE,
        VampVAE,
        RealNVPVAE,
        MAFVAE,
    ),
    "Likelihoods": (
        ContinuousBernoulliVAE,
        SigmaVAE,
        LaplaceVAE,
        StudentTVAE,
        DiscretisedLogisticVAE,
        LogisticMixtureVAE,
        CategoricalPixelVAE,
        PoissonVAE,
        NegativeBinomialVAE,
    ),
    "Conditional and semi-supervised": (
        CVAE,
        ConditionalPriorVAE,
        M2,
    ),
    "Hierarchical": (
        TwoLevelVAE,
        ConvTwoLevelVAE,
        LadderVAE,
        ResidualVAE,
    ),
    "Quantised": (
        VQVAE,
        RQVAE,
        FSQVAE,
    ),
    "Linear and deterministic": (
        PCA,
        ProbabilisticPCA,
        LinearAutoencoder,
        LinearVAE,
        Autoencoder,
        DenoisingAutoencoder,
        SparseAutoencoder,
        WAE,
        RAEL2,
        RAEGP,
    ),
}

MODELS = {model.__name__: model for family in FAMILIES.values() for model in family}

__all__ = [
    "CIWAE",
    "CVAE",
    "DIPVAEI",
    "DIPVAEII",
    "FAMILIES",
    "FSQVAE",
    "GECOVAE",
    "HVAE",
    "IAFVAE",
    "IWAE",
    "M2",
    "MAFVAE",
    "MIWAE",
    "MODELS",
    "MSSSIMVAE",
    "PCA",
    "PIWAE",
    "RAEGP",
    "RAEL2",
    "RHVAE",
    "RQVAE",
    "STLVAE",
    "VAE",
    "VAEGAN",
    "VQVAE",
    "WAE",
    "WAEGAN",
    "AdversarialAE",
    "AnnealedVAE",
    "AttributeVAE",
    "Autoencoder",
    "BetaTCVAE",
    "BetaVAE",
    "CapacityVAE",
    "CategoricalPixelVAE",
    "CategoricalVAE",
    "ConditionalPriorVAE",
    "ContinuousBernoulliVAE",
    "ConvTwoLevelVAE",
    "CyclicalVAE",
    "DReGIWAE",
    "DenoisingAutoencoder",
    "DirichletVAE",
    "DiscretisedLogisticVAE",
    "FactorVAE",
    "FreeBitsVAE",
    "FullCovarianceVAE",
    "HierarchicalVAE",
    "HypersphericalVAE",
    "InfoVAE",
    "JointVAE",
    "LadderVAE",
    "LaplaceVAE",
    "LatentVariableModel",
    "LinearAutoencoder",
    "LinearVAE",
    "LogisticMixtureVAE",
    "MixtureVAE",
    "NegativeBinomialVAE",
    "PlanarVAE",
    "PoincareVAE",
    "PoissonVAE",
    "ProbabilisticPCA",
    "QuantisedVAE",
    "RadialVAE",
    "RealNVPVAE",
    "RenyiVAE",
    "ResidualVAE",
    "SemiSupervisedVAE",
    "SigmaVAE",
    "SparseAutoencoder",
    "StudentTVAE",
    "TwoLevelVAE",
    "VaDE",
    "VampVAE",
]
