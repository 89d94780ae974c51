"""Headers that clang reads once for each configuration, and not once for each file that includes them."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "CPP_COMPILE_ACTION_NAME")
load("@bazel_tools//tools/cpp:toolchain_utils.bzl", "find_cpp_toolchain")

def _precompiled_headers_impl(ctx):
    toolchain = find_cpp_toolchain(ctx)
    if toolchain.compiler != "clang":
        return [CcInfo(), platform_common.TemplateVariableInfo({ctx.attr.variable: ""})]

    output = ctx.actions.declare_file(ctx.label.name + ".pch")
    features = cc_common.configure_features(
        ctx = ctx,
        cc_toolchain = toolchain,
        requested_features = ctx.features,
        # It asks for a map of modules, and there is no module here.
        unsupported_features = ctx.disabled_features + ["layering_check"],
    )
    cpp = ctx.fragments.cpp
    variables = cc_common.create_compile_variables(
        feature_configuration = features,
        cc_toolchain = toolchain,
        user_compile_flags = cpp.copts + cpp.cxxopts,
        # As Bazel compiles what goes into a program: -c opt leaves -fPIC out, and the compiler refuses headers that were read with it.
        use_pic = ctx.var["COMPILATION_MODE"] != "opt" and
                  toolchain.needs_pic_for_dynamic_libraries(feature_configuration = features),
    )
    flags = cc_common.get_memory_inefficient_command_line(
        feature_configuration = features,
        action_name = CPP_COMPILE_ACTION_NAME,
        variables = variables,
    )
    if "layering_check" in ctx.features:
        # The compiler refuses headers that were precompiled without the option that a target has.
        flags = flags + ["-fmodules-strict-decluse"]
    headers = []
    for header in ctx.attr.headers:
        headers.extend(["-include", header])
    precompile = [toolchain.compiler_executable] + flags + headers + ["-fpch-instantiate-templates", "-x", "c++-header", "-"]
    ctx.actions.run_shell(
        # A file would become a dependency of every target; standard input is none.
        command = '"$@" </dev/null',
        arguments = precompile + ["-o", output.path],
        env = cc_common.get_environment_variables(
            feature_configuration = features,
            action_name = CPP_COMPILE_ACTION_NAME,
            variables = variables,
        ),
        inputs = toolchain.all_files,
        outputs = [output],
        mnemonic = "CppPrecompile",
        progress_message = "Precompiling headers",
        use_default_shell_env = True,
    )
    return [
        DefaultInfo(files = depset([output])),
        CcInfo(compilation_context = cc_common.create_compilation_context(headers = depset([output]))),
        platform_common.TemplateVariableInfo({ctx.attr.variable: "-include-pch " + output.path}),
    ]

precompiled_headers = rule(
    implementation = _precompiled_headers_impl,
    doc = """Reads headers of the system and of Debian's libraries ahead, with the options that every file gets.

A target that names this one in `deps` and in `toolchains` uses them by `copts = ["$(<variable>)"]`. Includes stay where
they are: a precompiled header only makes them cheap. With gcc the variable is empty, and nothing is precompiled.""",
    attrs = {
        "headers": attr.string_list(mandatory = True, doc = "As they stand between the quotes of an include."),
        "variable": attr.string(mandatory = True, doc = "The Make variable that holds the compiler's option."),
        "_cc_toolchain": attr.label(default = "@bazel_tools//tools/cpp:current_cc_toolchain"),
    },
    toolchains = ["@bazel_tools//tools/cpp:toolchain_type"],
    fragments = ["cpp"],
    incompatible_use_toolchain_transition = True,
)
