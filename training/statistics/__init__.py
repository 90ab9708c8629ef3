"""Pure numbers in, numbers out: conformal quantiles, AUROC, AUPRO, McNemar."""
