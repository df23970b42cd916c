# Builds what has changed, and runs it: ./mnist for Windows PowerShell 5.1 and later. Needs only the .NET 10 SDK.
#
#   .\mnist.ps1 train [options]            every command of the program: .\mnist.ps1 --help
#   .\mnist.ps1 silo [options]             one silo process
#   .\mnist.ps1 cluster up|status|down     a cluster of silo processes on this machine
#   .\mnist.ps1 bench [options]            how fast it is beside libtorch and PyTorch; bench --help has more measurements
#   .\mnist.ps1 bench kernels [options]    what each kernel of the engine takes
#   .\mnist.ps1 test [options]             dotnet test, on the whole solution
#
# Where the system blocks scripts: powershell -ExecutionPolicy Bypass -File mnist.ps1 train
$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$here = (Get-Location).ProviderPath

function Say($text) { [Console]::Error.WriteLine($text) }
function Fail($text) { Say $text; exit 1 }

# Builds the project $name of the first folder, unless nothing has changed in any of the folders.
function Build($name, [string[]]$folders) {
    $stamp = "$artifacts/bin/$name/release.stamp"
    $files = @(Get-ChildItem -LiteralPath $root -Force -File |
        Where-Object { $_.Name -match '^Directory\.|\.sln$|^global\.json$|^\.editorconfig$|^nuget\.config$' })
    # A stamp says what its build was made from. A folder is newer when something in it was added, renamed or deleted.
    $sources = "WithLibtorch=$env:WithLibtorch $folders $($files | ForEach-Object { $_.Name })"
    $changed = {
        $built = [IO.File]::GetLastWriteTimeUtc($stamp) # of a file that is not there: 1601
        $inputs = $files + @($folders | ForEach-Object { Get-Item -LiteralPath "$root/$_"; Get-ChildItem -LiteralPath "$root/$_" -Recurse -Force })
        @($inputs | Where-Object { $_.LastWriteTimeUtc -gt $built }).Count -gt 0 -or [IO.File]::ReadAllText($stamp) -cne $sources
    }
    if (-not (& $changed)) { return }

    # Open for this process alone, the file is a lock that ends with it.
    for ($lock = $null; -not $lock;) {
        try {
            New-Item -ItemType Directory -Force -Path "$artifacts/bin/$name" | Out-Null
            $lock = [IO.File]::Open("$artifacts/lock.ps1", 'OpenOrCreate', 'ReadWrite', 'None')
        }
        catch [UnauthorizedAccessException] { Fail "$name has to be built first, and $artifacts cannot be written: give a folder of yours as the variable ArtifactsPath." }
        catch [IO.IOException] {
            if (-not $waits) { Say "Waiting for another mnist that is building: $($_.Exception.Message)" }
            $waits = $true
            Start-Sleep -Milliseconds 200
        }
    }
    try {
        if (-not (& $changed)) { return }
        Say "Building $name ..."
        if ($env:WithLibtorch -eq 'true' -and -not $hasLibtorch) { Say 'It gets libtorch: about 80 MB, fetched into the package cache.' }
        Remove-Item -LiteralPath $stamp -Force -ErrorAction SilentlyContinue
        # Written before the build, so that what is edited meanwhile is newer.
        [IO.File]::WriteAllText("$stamp.new", $sources)
        Set-Location -LiteralPath $root
        $log = $null | & $dotnet build "$($folders[0])/$name" -c Release -v:q -nologo -clp:NoSummary --disable-build-servers
        if ($LASTEXITCODE -ne 0) { Fail ($log -join "`n") }
        Move-Item -LiteralPath "$stamp.new" -Destination $stamp -Force
        [IO.File]::WriteAllText("$artifacts/libtorch", "$env:WithLibtorch`n")
    }
    finally {
        Set-Location -LiteralPath $here
        $lock.Dispose()
    }
}

function Run($name, $rest) { & $dotnet "$artifacts/bin/$name/release/MnistDistributed.$name.dll" @rest }

# The script runs in the caller's session: what it sets there is put back.
$before = $env:ArtifactsPath, $env:WithLibtorch
try {
    # MSBuild would take a relative path from each project's folder; a person means the current one.
    $artifacts = if ($env:ArtifactsPath) { [IO.Path]::Combine($here, $env:ArtifactsPath) } else { "$root/artifacts" }
    $env:ArtifactsPath = $artifacts

    # libtorch joins the build when its engine is first asked for, and stays. WithLibtorch in the environment has the last word.
    $hasLibtorch = (Test-Path -LiteralPath "$artifacts/libtorch") -and [IO.File]::ReadAllText("$artifacts/libtorch") -match '^true'
    $wantsLibtorch = $hasLibtorch -or " $args " -cmatch ' --engine[ =:]torch '
    if (-not $env:WithLibtorch) { $env:WithLibtorch = if ($wantsLibtorch) { 'true' } else { 'false' } }

    $dotnet = Get-Command dotnet, "$env:DOTNET_ROOT/dotnet", "$HOME/.dotnet/dotnet" -CommandType Application -ErrorAction SilentlyContinue |
        Select-Object -First 1
    $sdk = 'https://dotnet.microsoft.com/download/dotnet/10.0'
    if (-not $dotnet) { Fail "mnist needs the .NET 10 SDK, and there is no dotnet on the PATH: $sdk" }

    $rest = @($args | Select-Object -Skip 1)
    switch -CaseSensitive ("$($args[0])") {
        test { Set-Location -LiteralPath $root; $null | & $dotnet test -c Release @rest }
        silo { Build Silo src; Run Silo $rest }
        bench {
            if ("$args " -cmatch '^bench kernels ') { Build Kernels bench, src; Run Kernels $args; break }
            Build Silo src
            Build Bench bench, tests/Simulation, src
            Run Bench $args
        }
        default {
            if ("$args " -cmatch '^cluster up ') { Build Silo src }
            Build Coordinator src
            Run Coordinator $args
        }
    }
    exit $LASTEXITCODE
}
finally {
    $env:ArtifactsPath, $env:WithLibtorch = $before
    Set-Location -LiteralPath $here
}
