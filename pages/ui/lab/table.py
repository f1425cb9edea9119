"""The table of the labs, in the order in which they are best met: a lab is a file and a line."""

LABS: dict[str, str] = {
    "tensors": ":material/data_array:",
    "autograd": ":material/account_tree:",
    "activations": ":material/show_chart:",
    "regression": ":material/ssid_chart:",
    "convolution": ":material/filter_center_focus:",
    "attention": ":material/visibility:",
    "lstm": ":material/memory:",
    "modules": ":material/widgets:",
    "loading": ":material/local_shipping:",
    "regularisation": ":material/healing:",
    "temperature": ":material/thermostat:",
}
