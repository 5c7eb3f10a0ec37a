"""Posteriors q(z|x), by name: `POSTERIORS`, and `GROUP_POSTERIORS` of hierarchies."""

from vaezoo import _training  # noqa: F401
from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.deterministic import Deterministic
from vaezoo.posteriors.diagonal_normal import DiagonalNormal
from vaezoo.posteriors.dirichlet import Dirichlet
from vaezoo.posteriors.full_covariance import FullCovariance
from vaezoo.posteriors.group_posteriors import GROUP_POSTERIORS
from vaezoo.posteriors.gumbel_softmax import GumbelSoftmax
from vaezoo.posteriors.hamiltonian import Hamiltonian
from vaezoo.posteriors.inverse_autoregressive import InverseAutoregressive
from vaezoo.posteriors.normal_and_categorical import NormalAndCategorical
from vaezoo.posteriors.planar_flow import PlanarFlow
from vaezoo.posteriors.poincare import Poincare
from vaezoo.posteriors.power_spherical import PowerSpherical
from vaezoo.posteriors.radial_flow import RadialFlow
from vaezoo.posteriors.riemannian_hamiltonian import RiemannianHamiltonian
from vaezoo.posteriors.sparse import Sparse

POSTERIORS: dict[str, type[Posterior]] = {
    "deterministic": Deterministic,
    "diagonal_normal": DiagonalNormal,
    "dirichlet": Dirichlet,
    "full_covariance": FullCovariance,
    "gumbel_softmax": GumbelSoftmax,
    "hamiltonian": Hamiltonian,
    "inverse_autoregressive": InverseAutoregressive,
    "normal_and_categorical": NormalAndCategorical,
    "planar_flow": PlanarFlow,
    "poincare": Poincare,
    "power_spherical": PowerSpherical,
    "radial_flow": RadialFlow,
    "riemannian_hamiltonian": RiemannianHamiltonian,
    "sparse": Sparse,
}

__all__ = [
    "GROUP_POSTERIORS",
    "POSTERIORS",
    "Deterministic",
    "DiagonalNormal",
    "Dirichlet",
    "FullCovariance",
    "GumbelSoftmax",
    "Hamiltonian",
    "InverseAutoregressive",
    "NormalAndCategorical",
    "PlanarFlow",
    "Poincare",
    "Posterior",
    "PowerSpherical",
    "RadialFlow",
    "RiemannianHamiltonian",
    "Sparse",
]
